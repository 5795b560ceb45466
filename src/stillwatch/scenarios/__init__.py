"""Traffic with known truth, composed from real text."""

from stillwatch.scenarios.knobs import Campaign, Population, Scenario
from stillwatch.scenarios.presets import SCENARIOS
from stillwatch.scenarios.simulate import Simulated, simulate

__all__ = ["SCENARIOS", "Campaign", "Population", "Scenario", "Simulated", "simulate"]
