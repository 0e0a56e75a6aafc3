from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from edgechaos_tui.widgets.key_footer import KeyFooter


class _FooterScreen(Screen[None]):
    BINDINGS = [  # noqa: RUF012
        Binding("a", "note('a')", "first"),
        Binding("b", "note('b')", "second", key_display="b B"),
        Binding("c", "note('b')", "the same"),
        Binding("d", "note('d')", "hidden", show=False),
        Binding("e", "refused", "last"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []
        self.open = False

    def compose(self) -> ComposeResult:
        yield KeyFooter()

    def action_note(self, what: str) -> None:
        self.noted.append(what)

    def action_refused(self) -> None:
        self.noted.append("e")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return (True if self.open else None) if action == "refused" else True


class _App(App[None]):
    def get_default_screen(self) -> Screen[None]:
        return _FooterScreen()


async def test_each_action_is_shown_once_and_a_click_presses_its_key() -> None:
    async with _App().run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        screen, line = pilot.app.screen, pilot.app.screen.query_one(KeyFooter)
        assert isinstance(screen, _FooterScreen)
        assert str(line.render()) == "a first b B second e last"
        assert line.cells == len("a first b B second e last")
        assert line.region.bottom == 5
        for x in (0, 6, 8, 17, 7, 39):  # Ends of the first two, the gap between, beyond the last.
            await pilot.click(KeyFooter, offset=(x, 0))
        assert screen.noted == ["a", "a", "b", "b"]


async def test_a_key_that_does_nothing_now_is_dim_and_not_pressed() -> None:
    async with _App().run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        screen, line = pilot.app.screen, pilot.app.screen.query_one(KeyFooter)
        assert isinstance(screen, _FooterScreen)
        await pilot.click(KeyFooter, offset=(19, 0))
        assert screen.noted == []
        assert any(
            span.style.dim for span in line.render().spans if not isinstance(span.style, str)
        )
        screen.open = True
        screen.refresh_bindings()
        await pilot.pause()
        await pilot.click(KeyFooter, offset=(19, 0))
        assert screen.noted == ["e"]
        assert not any(
            span.style.dim for span in line.render().spans if not isinstance(span.style, str)
        )
