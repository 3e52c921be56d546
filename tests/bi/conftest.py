"""BI tools look at the release that the integration tests lay down."""

from tests.integration.conftest import released as released
from tests.integration.conftest import small_landing as small_landing
