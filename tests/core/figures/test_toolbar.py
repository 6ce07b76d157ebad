"""No figure has a way off this machine, whatever else is asked of its toolbar."""

from core.figures import toolbar


def test_nothing_leads_away():
    settings = toolbar.configure(remove=("select2d",), scrollZoom=True)
    assert settings["scrollZoom"] is True and settings["displayModeBar"] == "hover"
    assert {"sendChartToCloud", "sendDataToCloud", "editInChartStudio", "select2d"} == set(
        settings["modeBarButtonsToRemove"]
    )
    assert settings["showSendToCloud"] is settings["displaylogo"] is False
    assert settings["plotlyServerURL"] == ""


def test_what_leads_away_cannot_be_asked_back():
    asked = {"showSendToCloud": True, "displaylogo": True, "modeBarButtonsToRemove": [], "plotlyServerURL": "https://a"}
    assert toolbar.configure(**asked) == toolbar.configure()


def test_a_figure_may_go_without_buttons():
    assert toolbar.configure(toolbar=False)["displayModeBar"] is False
