"""How well known campaigns were found."""

from stillwatch.evaluate.count import CampaignRow, Evaluation, evaluate
from stillwatch.evaluate.show import render

__all__ = ["CampaignRow", "Evaluation", "evaluate", "render"]
