# SPDX-License-Identifier: Apache-2.0
"""The machine under test itself: a test that waits for it in vain gets a message."""

import pytest

from systems import rt, system


def test_a_machine_that_is_off_is_not_waited_for(boot):
    """However patient the test is: it prints no more."""
    machine = boot(system(rt("reports=1")))
    with pytest.raises(AssertionError, match="^the machine ended before /no such line/"):
        machine.expect("no such line")
    assert "is off; its memory is zeroed" in machine.said
