"""One file a rival: an innocent explanation, and how often groups of its kind show each sign."""

from stillwatch.score.rivals.agent_fleet import AGENT_FLEET
from stillwatch.score.rivals.batch_job import BATCH_JOB
from stillwatch.score.rivals.benchmark_run import BENCHMARK_RUN
from stillwatch.score.rivals.class_of_students import CLASS_OF_STUDENTS
from stillwatch.score.rivals.employer import EMPLOYER
from stillwatch.score.rivals.inhouse_synthetic import INHOUSE_SYNTHETIC
from stillwatch.score.rivals.launch import LAUNCH
from stillwatch.score.rivals.popular_app import POPULAR_APP
from stillwatch.score.rivals.public_tool import PUBLIC_TOOL
from stillwatch.score.rivals.regression_suite import REGRESSION_SUITE
from stillwatch.score.rivals.reseller import RESELLER
from stillwatch.score.rivals.resold_tool import RESOLD_TOOL
from stillwatch.score.rivals.shared_network import SHARED_NETWORK
from stillwatch.score.rivals.viral_prompt import VIRAL_PROMPT

RIVALS = (
    EMPLOYER,
    CLASS_OF_STUDENTS,
    POPULAR_APP,
    PUBLIC_TOOL,
    BENCHMARK_RUN,
    RESELLER,
    RESOLD_TOOL,
    BATCH_JOB,
    INHOUSE_SYNTHETIC,
    REGRESSION_SUITE,
    AGENT_FLEET,
    VIRAL_PROMPT,
    LAUNCH,
    SHARED_NETWORK,
)
"""Every cluster is tried against all of them; the best one sets the score."""
