"""One file a family: what a cluster shows, each fact with its Bayes factor. Read in this order."""

from __future__ import annotations

from stillwatch.score.degrees import NONE, Degrees
from stillwatch.score.observation import Observation
from stillwatch.score.scene import Population, Scene
from stillwatch.score.signals import (
    client,
    content,
    infrastructure,
    purpose,
    reasoning,
    registration,
    succession,
    timing,
)

SIGNALS = (
    content.template,
    content.own_text,
    content.verbatim,
    content.public_set,
    content.one_stream,
    content.wording_drift,
    purpose.teaching_capability,
    purpose.no_conversation,
    purpose.long_answers,
    reasoning.elicitation,
    reasoning.search,
    reasoning.signature_replay,
    registration.signup_burst,
    registration.trial_end,
    registration.shared_purse,
    registration.declared_organisation,
    registration.customers_on_record,
    registration.vouched_pathway,
    registration.mail_domain,
    registration.one_owner,
    timing.no_night,
    timing.alike_rates,
    timing.heavy_use,
    timing.no_day_off,
    timing.no_sittings,
    timing.brief,
    timing.synchrony,
    timing.load_sharing,
    timing.common_start,
    timing.failover,
    infrastructure.address_churn,
    infrastructure.many_countries,
    infrastructure.relayed_traffic,
    client.lockstep,
    succession.replacement,
    succession.model_pivot,
)
"""Signals that need the cluster and the population alone."""


def observe(scene: Scene, people: Population, degrees: Degrees) -> tuple[Observation, ...]:
    """Everything that the data can tell of a cluster, in the order of families."""
    found = [signal(scene, people) for signal in SIGNALS]
    outside = degrees.outside.get(scene.cluster, NONE)
    found.append(infrastructure.shared_address(scene, people, outside))
    found.append(infrastructure.address_pool(scene, people, outside))
    found.append(infrastructure.unusual_network(scene, people, degrees.network))
    found.append(client.one_client(scene, people, degrees.client))
    return tuple(observation for observation in found if observation is not None)
