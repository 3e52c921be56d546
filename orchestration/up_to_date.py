"""Whether anything is new since the last release."""

from __future__ import annotations

from ingest.checking.pseudonyms import Pseudonymiser, load_key
from ingest.landing.ledger import Ledger
from ingest.landing.listing import LandingZone, Listing
from ingest.pipeline.run import check_key
from ingest.settings import Settings
from orchestration.publishing.manifest import release_of
from orchestration.publishing.release.inputs import current_inputs


def is_up_to_date(settings: Settings, listing: Listing | None = None) -> bool:
    """Whether nothing differs from the last release, by this look at the landing zone or a new one. Checks settings, key and calendar.

    ConfigurationError, KeyMismatchError or LandingError say what to mend.
    """
    listing = listing or LandingZone(settings.landing_url).list()
    pseudonymiser = Pseudonymiser(load_key(settings.pseudonym_key, settings.data_dir))
    with Ledger.of(settings) as ledger:
        check_key(pseudonymiser, ledger)
        inputs = current_inputs(settings, ledger)
        if has_news(listing, ledger):
            return False
    return release_of(settings, inputs, pseudonymiser.fingerprint) is not None


def has_news(listing: Listing, ledger: Ledger) -> bool:
    """Whether a look at the landing zone shows files that are new, or that something else cannot be taken or is missing."""
    known = ledger.known_files()
    if {file.key for file in listing.files} - known:
        return True
    missing = listing.missing({path for path, *_ in known})
    return {*missing, *listing.untaken} != set(ledger.untaken())
