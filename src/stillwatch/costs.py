"""What it costs when a column is missing from the logs, in one sentence each."""

from __future__ import annotations

COSTS: dict[str, str] = {
    "prompt": "No content: neither templates nor purpose can be seen, and no campaign can be shown.",
    "system": "Templates that stand in the system prompt are not seen.",
    "tools": "Shared tool definitions are not seen.",
    "turns": "Follow-up questions of people are only seen through conversation_id.",
    "conversation_id": "Follow-up questions of people are only seen where messages hold earlier turns.",
    "output_tokens": "The length of answers and the amount drawn are unknown.",
    "input_tokens": "The amount of input is unknown.",
    "model": "The models aimed at, and a move to a new model, are unknown.",
    "ip": "Shared, rotating and unusual addresses say nothing, for extraction or against it.",
    "asn": "Unusual networks are not seen.",
    "country": "Accounts that send now from one country and now from another are not seen.",
    "user_agent": "Client software says nothing.",
    "status": "A refused request that comes again from another account is not seen.",
    "reasoning_signature": "Reasoning that is sent back by another account or conversation is not seen.",
    "temperature": "Parameters that change together are seen through max_tokens and stream alone.",
    "max_tokens": "Parameters that change together are seen through temperature and stream alone.",
    "stream": "Parameters that change together are seen through temperature and max_tokens alone.",
    "tls_ja4": "TLS fingerprints say nothing.",
    "accounts.created_at": "Sign-up bursts are not seen.",
    "accounts.org_id": "An employer or a declared organisation can't be recognised, so innocents are harder to clear.",
    "accounts.payment_hash": "Shared means of payment are not seen.",
    "accounts.phone_hash": "Shared phones are not seen.",
    "accounts.email_domain": "Shared mail domains are not seen, so classes and employers are harder to clear.",
    "accounts.email_hash": "Shared mail addresses are missing from the picture of what accounts share.",
    "accounts.pathway": "Who came in as a school, a partner or an enterprise is not told, so innocents are harder to clear.",
    "accounts.plan": "Use out of proportion to what others on the same plan use is not seen.",
    "accounts.signup_ip": "Shared sign-up addresses are missing from the picture of what accounts share.",
    "accounts.banned_at": "A pool that follows a banned one can't be linked to it.",
}
"""By column; `accounts.` marks those of the accounts table."""
