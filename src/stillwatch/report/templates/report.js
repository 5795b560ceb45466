// Sorting, for whoever has script on; every table reads well without it.
(() => {
  "use strict";
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const rising = head.getAttribute("aria-sort") === "descending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", rising ? "ascending" : "descending");
        const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
        const rows = Array.from(body.rows).sort((left, right) => {
          const one = value(left), two = value(right);
          const order = one !== "" && two !== "" && !isNaN(one) && !isNaN(two)
            ? Number(one) - Number(two)
            : one < two ? -1 : one > two ? 1 : 0;
          return rising ? order : -order;
        });
        body.append(...rows);
      });
    });
  }
})();
