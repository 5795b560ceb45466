# ruff: noqa: E501
"""Clauses that templates are worded from, by purpose and language; `{a|b}` stands for either.

Campaigns, public prompt packs, company batches and open makers of synthetic data all draw from these same
clauses: asking for steps, rubrics or reasoning is common to them, and no wording belongs to one side.
"""

from __future__ import annotations

from collections.abc import Mapping

ROLE: Mapping[str, tuple[str, ...]] = {
    "coding": (
        "You are {an experienced|a senior|a meticulous|a pragmatic} {software engineer|developer|programmer}.",
        "Act as {a principal|a lead|an expert} {engineer|developer} who {reviews|writes|maintains} {production|clean|tested} code.",
        "{Take the role of|Imagine you are} a {code reviewer|systems programmer|backend developer} {with many years of practice|known for care}.",
        "As {a specialist in|somebody fluent in} {algorithms|software design|debugging}, {help with|solve|handle} the {request|item|ticket} below.",
    ),
    "agentic": (
        "You are {an autonomous|a careful|a capable} {agent|assistant} with {access to tools|a set of functions|a shell}.",
        "Act as {a planner|an orchestrator|an operator} that {breaks goals into|works through} {small actions|tool calls|verifiable steps}.",
        "{Play|Take the part of} the {controller|agent} in a loop of {thought, action and observation|plan, act and check}.",
        "As {an agent|a task runner} that {may call functions|uses tools}, {complete|carry out|finish} the {goal|task|job} below.",
    ),
    "reasoning": (
        "You are {a careful|a rigorous|an expert} {mathematician|logician|problem solver}.",
        "Act as {a patient|a precise|an exacting} {tutor|examiner|teacher} of {mathematics|logic|quantitative reasoning}.",
        "{Imagine you are|Take the role of} {a competition coach|an analyst|a scientist} who {explains|justifies} every {move|inference|claim}.",
        "As {an expert in|somebody trained in} {deduction|proof|estimation}, {work out|solve|answer} the {question|problem|exercise} below.",
    ),
    "grading": (
        "You are {an impartial|a strict|a fair} {judge|grader|evaluator} of {answers|responses|solutions}.",
        "Act as {a reviewer|an assessor|an examiner} who {scores|marks|rates} {work|replies|submissions} {against criteria|with a rubric}.",
        "{Take the role of|You serve as} {a quality rater|a marking scheme|an annotator} for {written answers|model replies}.",
        "As {an experienced|a neutral} {marker|evaluator}, {assess|judge|grade} the {item|response|pair} below.",
    ),
    "task_writing": (
        "You are {a designer|an author|a writer} of {exercises|tasks|challenges} for {learners|assessments|practice}.",
        "Act as {an item writer|a curriculum author|a task designer} who {invents|drafts|varies} {problems|scenarios|instructions}.",
        "{Imagine you are|Take the role of} {somebody preparing|an editor of} a {bank|collection|set} of {varied|graded|checkable} tasks.",
        "As {an author of|an expert in} {practice material|question design}, {extend|rewrite|build on} the {seed|sample|example} below.",
    ),
    "trace_cleaning": (
        "You are {an editor|a copy editor|a careful annotator} of {worked solutions|reasoning traces|logs}.",
        "Act as {a reviewer|a technical editor} who {tidies|repairs|rewrites} {explanations|transcripts|step lists}.",
        "{Take the role of|Work as} {a proofreader|a curator} of {solution traces|agent transcripts|derivations}.",
        "As {an editor|a quality checker}, {clean up|straighten|normalise} the {trace|transcript|draft} below.",
    ),
    "data_analysis": (
        "You are {an expert|a seasoned|a careful} {data analyst|statistician|business analyst}.",
        "Act as {an analyst|a data scientist} who {explains|documents} {each|every} {transformation|assumption|figure}.",
        "{Imagine you are|Take the role of} {a reporting specialist|a quantitative researcher} {preparing|checking} {a brief|findings}.",
        "As {an analyst|somebody who works with tables}, {interpret|summarise|analyse} the {material|records|question} below.",
    ),
    "multilingual": (
        "You are {a multilingual|a bilingual|a polyglot} {expert|tutor|problem solver}.",
        "Act as {a teacher|a specialist} who {thinks|explains} in {the language of the question|the learner's language}.",
        "{Take the role of|Imagine you are} {an instructor|a scholar} {working|writing} in {several languages|the user's language}.",
        "As {a language specialist|a translator who reasons}, {answer|solve|discuss} the {text|question|item} below.",
    ),
}  # fmt: skip

TASK: Mapping[str, tuple[str, ...]] = {
    "coding": (
        "{Write|Produce|Give} a {complete|working|tested} solution {and|together with} {unit tests|edge cases|complexity notes}.",
        "{Find|Locate} the {defect|cause|problem}, {then|and then} {propose|write|show} a {fix|patch|correction}.",
        "{Implement|Build|Develop} what is {asked|described|specified}, {covering|handling} {errors|odd input|limits}.",
        "{Refactor|Rework|Improve} the {code|design|approach} {so that|until} it is {clear|fast|safe}.",
    ),
    "agentic": (
        "{Choose|Select|Decide on} the {next tool|right function|next action} and {give|state|fill in} its {arguments|parameters}.",
        "{Plan|Lay out} the {whole sequence|calls|actions} {before|and then} {acting|executing|calling} {anything|the first tool}.",
        "{After|On} each {observation|result}, {revise|update|check} the plan and {continue|go on|proceed}.",
        "{Reach|Complete|Satisfy} the goal {with few calls|safely|without asking back} and {report|record} {each call|what happened}.",
    ),
    "reasoning": (
        "{Solve|Work out|Determine} the {problem|question} and {state|give|mark} the {final answer|result|value}.",
        "{Derive|Find|Establish} the answer {from first principles|without skipping algebra|with every intermediate value}.",
        "{Consider|Try|Compare} {two|several} {approaches|methods|lines of attack} and {keep|choose} the {best|soundest|shortest}.",
        "{Prove|Justify|Check} {each claim|the result|every equation} {before|until} {moving on|you conclude}.",
    ),
    "grading": (
        "{Score|Rate|Mark} the {answer|response} from {1 to 10|0 to 5|1 to 7} {on|for} {accuracy, depth and clarity|correctness and style|each criterion}.",
        "{Compare|Weigh} the {response|solution} {with|against} the {rubric|criteria|reference} and {deduct|award} points {openly|one by one}.",
        "{Name|List} {strengths|merits} and {faults|errors|gaps}, {then|and then} {give|assign} a {grade|verdict|mark}.",
        "{Decide|Judge} {whether|how far} the {answer|work} {meets|satisfies} {the demand|each requirement} and {explain|say} why.",
    ),
    "task_writing": (
        "{Write|Create|Draft} {three|five|a set of} {new|harder|different} {tasks|problems} {in the same vein|on the same skill}.",
        "{Make|Turn} it {harder|longer|more realistic} by {adding constraints|raising the depth|mixing skills}.",
        "{Give|Attach} {a checkable answer|a verifier|test cases} {to|for} {each|every} {task|item}.",
        "{Vary|Change} the {setting|numbers|topic} while {keeping|holding} the {skill|difficulty|structure} {fixed|the same}.",
    ),
    "trace_cleaning": (
        "{Remove|Cut} {detours|repetition|dead ends} and {keep|preserve} {every|each} {valid step|inference|observation}.",
        "{Rewrite|Restate} it as {a clean|an ordered|a numbered} {chain of steps|derivation|record}.",
        "{Correct|Repair} {wrong arithmetic|broken references|mistaken calls} and {mark|flag} {what changed|each repair}.",
        "{Split|Divide} the {text|trace} into {thought, action and result|steps with titles|small units}.",
    ),
    "data_analysis": (
        "{Summarise|Describe} {trends|patterns|outliers} and {state|name} {limits|caveats|uncertainty}.",
        "{Compute|Estimate|Derive} the {key figures|measures|ratios} and {show|give} the {formulas|workings|query}.",
        "{Suggest|Outline} {an analysis|a model|a test} and {interpret|explain} {its outcome|what it would show}.",
        "{Build|Prepare} {a table|a short report|a chart plan} {for|aimed at} {a manager|the reader|a colleague}.",
    ),
    "multilingual": (
        "{Answer|Reason|Reply} {entirely|throughout} in the {language|script} of the {question|text}.",
        "{Translate|Restate} the {problem|text} first, {then|and then} {solve|discuss|analyse} it.",
        "{Explain|Discuss} the {idea|solution} {for|to} {a native reader|a student} {of that language|abroad}.",
        "{Keep|Leave} {terms|names} {as they stand|untranslated} and {explain|gloss} {idioms|hard words}.",
    ),
}  # fmt: skip

REASONING: tuple[str, ...] = (
    "{Think|Reason|Work} step by step {before answering|and number the steps|from start to end}.",
    "{Show|Write out|Give} your {complete|full|whole} {reasoning|working|chain of thought} {before|ahead of} the {answer|result|conclusion}.",
    "{Put|Place|Write} your {reasoning|thinking} {inside|between} <{thinking|reasoning|scratchpad|analysis}> tags, {then|and then} the {answer|reply}.",
    "{Explain|Describe|Spell out} {how|why} you {arrived at|chose|reached} {each step|every decision|the outcome}.",
    "{First|To begin}, {lay out|outline} a plan; {then|after that} {follow|execute} it {transparently|openly|in detail}.",
    "{Include|Record} {false starts|alternatives|checks} {as well|too}, so that {a reader|another person} can {follow|audit|repeat} the {thought|reasoning}.",
    "{Imagine|Reconstruct} the {inner|internal} {reasoning|deliberation} behind {a good|the finished} {answer|solution} and {articulate|write} it {fully|in full}.",
    "{Be|Stay} {complete|explicit|transparent} about {every|each} {assumption|inference|choice} you make.",
)  # fmt: skip

FORMAT: tuple[str, ...] = (
    "{Return|Reply with|Output} {JSON|a JSON object} with {the keys|fields} \"{steps|reasoning|analysis}\" and \"{answer|result|final}\".",
    "{Use|Give} {numbered steps|a numbered list|short sections} {followed by|and} a {one-line summary|final line|conclusion}.",
    "{Write|Answer in} Markdown with {headings|a heading} for {Plan, Work and Result|Analysis and Answer|Thoughts and Outcome}.",
    "{End|Finish|Close} with a line {that starts with|beginning} \"{Answer|Final answer|Result|Verdict}:\".",
    "{Keep|Hold} the {answer|reply} {free of|without} {filler|small talk|apologies}; {prefer|use} {plain|exact|concrete} {words|language}.",
    "{Do not|Never} {shorten|skip|omit} {parts|steps|details}, {even if|although} they {seem|look} {obvious|trivial|long}.",
    "{Separate|Divide} {facts|givens} from {guesses|inferences|assumptions} and {label|mark} {both|each}.",
)  # fmt: skip

QUALITY: tuple[str, ...] = (
    "{Verify|Check|Test} the {result|outcome|answer} {once more|at the end|independently}.",
    "{Mention|Point out|Note} {anything|whatever} that is {missing|unclear|ambiguous}.",
    "{If|Where} {information|a detail} is {missing|lacking}, {state|name} {a sensible assumption|what you assume}.",
    "{Aim at|Write for} {an expert|a beginner|a careful reader} who {wants|needs} {depth|precision|every detail}.",
    "{Avoid|Leave out} {vague|general} {remarks|statements}; {be|stay} {specific|concrete|exact}.",
    "{Consider|Cover} {edge cases|counterexamples|special cases} {too|as well|explicitly}.",
)  # fmt: skip

LABEL: tuple[str, ...] = (
    "Task:", "### Input", "Problem:", "Question:", "INPUT:", "Here it is:", "## Material", "Item:", "---",
    "<input>", "Content:", "Request:", "[TEXT]", "Below:", "Details:", "User request:", "Subject:", "### Task",
)  # fmt: skip

OTHER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "zh": {
        "role": ("你是一位{资深|严谨|经验丰富}的{专家|分析师|工程师}。", "请扮演{一名|一位}{耐心|细致}的{老师|评审|顾问}。", "假设你是{该领域|相关领域}的{权威|专业人士}。"),
        "task": ("请{解决|回答|分析}下面的{问题|任务|内容}。", "{完成|处理}以下{请求|题目},并给出{结果|结论|答案}。", "阅读{下文|以下材料},{说明|写出}你的{判断|解法}。"),
        "reasoning": ("请{一步一步|逐步|分步}{思考|推理},并{写出|展示}{完整|全部}过程。", "先{写出|给出}{思考过程|推理},再{给出|写}{答案|结论}。", "{解释|说明}每一步的{理由|依据|原因}。"),
        "format": ("用{编号列表|分段|小标题}{回答|输出}。", "以{“答案：”|“结论：”}{结尾|收尾}。", "{输出|返回}JSON,包含{步骤|推理}和{答案|结果}。"),
        "quality": ("{最后|结束前}请{检查|验证}一遍。", "不要{省略|跳过}任何{步骤|细节}。", "如有{缺失|不清楚},请{说明|指出}假设。"),
    },
    "es": {
        "role": ("Eres {un experto|una persona experta|un analista} {riguroso|con mucha experiencia|paciente} en la materia.", "Actúa como {profesor|revisor|ingeniero} {cuidadoso|exigente}.", "Imagina que eres {especialista|consultor} en {este campo|el tema}."),
        "task": ("{Resuelve|Responde|Analiza} {el problema|la petición|el texto} que sigue.", "{Completa|Desarrolla} {la tarea|lo que se pide} y {da|indica} {el resultado|la conclusión}.", "{Lee|Estudia} {lo siguiente|el material} y {explica|expón} tu {criterio|solución}."),
        "reasoning": ("{Piensa|Razona} paso a paso y {muestra|escribe} {todo el razonamiento|cada paso}.", "{Explica|Justifica} {por qué|cómo} llegas a {cada conclusión|la respuesta}.", "{Primero|Antes de responder} {expón|escribe} {tu plan|tus ideas} {con detalle|por completo}."),
        "format": ("{Termina|Acaba} con una línea «{Respuesta|Resultado}:».", "{Usa|Escribe} {una lista numerada|apartados breves}.", "{Devuelve|Entrega} JSON con {pasos y respuesta|análisis y resultado}."),
        "quality": ("{Comprueba|Revisa} {el resultado|la solución} al final.", "{No omitas|No te saltes} {detalles|pasos}.", "{Señala|Indica} lo que {falte|no esté claro}."),
    },
    "ru": {
        "role": ("Ты {опытный|внимательный|строгий} {специалист|инженер|аналитик}.", "Выступи в роли {терпеливого|точного} {преподавателя|рецензента|эксперта}.", "Представь, что ты {эксперт|консультант} в {этой области|данном вопросе}."),
        "task": ("{Реши|Разбери|Проанализируй} {задачу|запрос|текст} ниже.", "{Выполни|Обработай} {задание|просьбу} и {дай|приведи} {ответ|вывод}.", "{Прочитай|Изучи} {материал|следующее} и {опиши|изложи} {решение|своё мнение}."),
        "reasoning": ("{Рассуждай|Думай} шаг за шагом и {покажи|запиши} {весь ход|все шаги} {мысли|решения}.", "{Объясни|Обоснуй} {каждый шаг|каждое решение}.", "{Сначала|Перед ответом} {запиши|изложи} {рассуждение|план} {полностью|подробно}."),
        "format": ("{Закончи|Заверши} строкой «{Ответ|Итог}:».", "{Используй|Дай} {нумерованный список|короткие разделы}.", "{Верни|Выведи} JSON с {шагами и ответом|анализом и итогом}."),
        "quality": ("{Проверь|Перепроверь} {результат|ответ} в конце.", "{Не пропускай|Не опускай} {шаги|детали}.", "{Отметь|Укажи}, если чего-то {не хватает|неясно}."),
    },
    "de": {
        "role": ("Du bist {ein erfahrener|ein sorgfältiger|ein strenger} {Fachmann|Ingenieur|Analyst}.", "Handle als {geduldiger|genauer} {Lehrer|Gutachter|Berater}.", "Stell dir vor, du bist {Expertin|Spezialist} auf {diesem Gebiet|dem Gebiet}."),
        "task": ("{Löse|Beantworte|Untersuche} {die Aufgabe|die Anfrage|den Text} unten.", "{Erledige|Bearbeite} {das Folgende|die Bitte} und {nenne|gib} {das Ergebnis|den Schluss}.", "{Lies|Prüfe} {das Material|den Abschnitt} und {erkläre|beschreibe} {deine Lösung|dein Urteil}."),
        "reasoning": ("{Denke|Überlege} Schritt für Schritt und {zeige|schreibe} {alle Schritte|den ganzen Gedankengang}.", "{Erkläre|Begründe} {jeden Schritt|jede Entscheidung}.", "{Zuerst|Vor der Antwort} {lege|schreibe} {den Plan|die Überlegung} {vollständig|im Einzelnen} dar."),
        "format": ("{Schließe|Ende} mit einer Zeile „{Antwort|Ergebnis}:“.", "{Nutze|Verwende} {eine nummerierte Liste|kurze Abschnitte}.", "{Gib|Liefere} JSON mit {Schritten und Antwort|Analyse und Ergebnis}."),
        "quality": ("{Prüfe|Kontrolliere} {das Ergebnis|die Antwort} am Ende.", "{Lasse|Überspringe} {keine Schritte|nichts} aus.", "{Nenne|Vermerke}, was {fehlt|unklar ist}."),
    },
}  # fmt: skip

FOLLOW_UPS: tuple[str, ...] = (
    "{thanks|thank you|ok thanks|great, thanks|cheers|perfect, thanks a lot}", "{make it shorter|shorter please|cut it down|too long}",
    "{why|why is that|how come|since when}?", "{another example|one more|show me one|example?|like what?}",
    "{I don't get it|lost me there|what does that mean|huh?}", "{same for the other one|and the other one?|next one please}",
    "{continue|go on|keep going|more|and then?|the rest please}", "{that's not right|no, wrong|not what I meant|no}",
    "{still fails|doesn't work|same error|it crashed again|nope}", "{less formal|more formal|simpler words|friendlier}",
    "{are you sure|is that right|really|certain}?", "{which is better|what would you pick|any preference}?",
    "{and if it's larger|with two of them|what about none|without that}?", "{ok|fine|got it|yes|yes please|sure|hm}",
    "{in one sentence|as a table|as a list|with numbers}", "{explain the last part|second step again?|start over}",
)  # fmt: skip

OTHERWISE: Mapping[str, tuple[str, ...]] = {
    "a": ("one", "some"),
    "all": ("the entire", "each of the"),
    "and": ("as well as", "plus"),
    "answer": ("reply", "response", "result"),
    "before": ("ahead of", "prior to"),
    "carefully": ("thoroughly", "with care", "closely"),
    "complete": ("whole", "entire", "finished"),
    "each": ("every", "any"),
    "every": ("each", "any"),
    "expert": ("specialist", "authority", "professional"),
    "explain": ("describe", "lay out", "set out"),
    "final": ("last", "closing"),
    "following": ("below", "next"),
    "full": ("whole", "entire"),
    "give": ("provide", "supply", "present"),
    "in": ("within", "inside"),
    "is": ("remains", "stays"),
    "problem": ("question", "exercise", "task"),
    "reasoning": ("thinking", "thought process", "deduction"),
    "show": ("display", "present", "reveal"),
    "solution": ("answer", "way out", "result"),
    "solve": ("work out", "resolve"),
    "step": ("stage", "move"),
    "steps": ("stages", "moves"),
    "task": ("job", "assignment", "piece of work"),
    "the": ("this", "that"),
    "then": ("afterwards", "next"),
    "think": ("reason", "reflect"),
    "use": ("employ", "apply"),
    "with": ("using", "by means of"),
    "write": ("compose", "put down", "draft"),
    "you": ("yourself",),
    "your": ("the", "one's"),
}
"""Other words for those that instructions are made of."""

FILLERS: tuple[str, ...] = (
    "please",
    "also",
    "clearly",
    "indeed",
    "here",
    "now",
    "really",
    "kindly",
    "simply",
    "in fact",
)
