"""What an admin changes about people counts on their open consoles at once."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.accounts.models import Role, User
from contactcenter.conversations.services.messages import add_note
from tests import factories as make
from tests.console.conftest import Floor
from tests.console.sockets import Console, do, run

pytestmark = pytest.mark.django_db(transaction=True)


def change_in_admin(floor: Floor, user: User, **fields: Any) -> None:
    """Open the user's page in admin, change these fields and save."""
    admin = floor.client(floor.admin)
    address = f"/admin/accounts/user/{user.pk}/change/"
    form = admin.get(address).context["adminform"].form
    before = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    keys = {name: [row.pk for row in before[name]] for name in ("brands", "teams")}
    values = {name: value for name, value in {**before, **keys, **fields}.items() if value not in (None, False)}
    assert admin.post(address, values).status_code == 302


def test_a_change_of_role_or_team_counts_at_once(floor: Floor) -> None:
    conversation = make.make_active(floor.account, floor.ada)
    carla = floor.other_team.user

    def write(text: str) -> None:
        add_note(conversation_id=conversation.pk, author=floor.ada.user, text=text)

    async def story() -> None:
        async with Console(floor.client(floor.other_team)) as console:
            await do(change_in_admin, floor, carla, role=Role.SUPERVISOR)
            await console.frame("reset")
            await do(write, "for the supervisor")
            assert "for the supervisor" in (await console.frame("html"))["html"]
            await do(change_in_admin, floor, carla, role=Role.AGENT)
            await console.frame("reset")
            await do(change_in_admin, floor, carla, teams=[floor.queue.team_id])
            await console.frame("reset")
            await do(write, "for the team")
            assert "for the team" in (await console.frame("html"))["html"]

    run(story())
    carla.refresh_from_db()
    assert carla.role == Role.AGENT and [team.pk for team in carla.teams.all()] == [floor.queue.team_id]


def test_what_changes_no_rights_disturbs_nobody(floor: Floor) -> None:
    async def story() -> None:
        async with Console(floor.client(floor.ben)) as console:
            await do(change_in_admin, floor, floor.ben.user, display_name="Benjamin")
            assert "reset" not in {frame["t"] for frame in await console.frames_until_pong()}

    run(story())


@pytest.mark.parametrize("all_at_once", [True, False])
def test_somebody_deleted_is_out_at_once(floor: Floor, all_at_once: bool) -> None:
    visitor = make.make_user("vera", role=Role.SUPERVISOR, teams=[floor.queue.team])
    floor.sue = visitor
    floor.sign_everybody_in(anew=True)

    def delete() -> None:
        admin = floor.client(floor.admin)
        if all_at_once:
            chosen = {"action": "delete_selected", "_selected_action": [visitor.pk], "post": "yes"}
            assert admin.post("/admin/accounts/user/", chosen).status_code == 302
        else:
            assert admin.post(f"/admin/accounts/user/{visitor.pk}/delete/", {"post": "yes"}).status_code == 302

    async def story() -> None:
        console = Console(floor.client(visitor))
        await console.connect()
        await do(delete)
        assert await console.closing_code()

    run(story())
    assert not User.objects.filter(pk=visitor.pk).exists()
