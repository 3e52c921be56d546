"""The long tests stand on what the integration tests lay down."""

from tests.integration.conftest import small_landing as small_landing
