"""Groups and labels in a real browser, offline: click two classes, answer the hint, load a file that is none."""

NASTY = (
    '{"type": "Feature", "properties": {"label": "<b>x"}, "geometry": {"type": "Point", "coordinates": [0.12, 0.11]}}'
)


def test_two_clicks_make_a_class_map_and_a_hint_is_answered(page, explorer, screenshot):
    screen = explorer(page)
    screen.button("Labels").click()
    page.get_by_text("Click a place that is Class 1").wait_for()
    page.mouse.click(*screen.at(0.47, 0.67))
    screen.wait_for_status("Label a second class")
    page.get_by_role("button", name="Class 2", exact=True).last.click()
    screen.root.evaluate("element => element.scrollIntoView({ block: 'start' })")  # the list lies below a narrow map
    picture = screen.picture
    page.mouse.click(*screen.at(0.35, 0.5))
    screen.wait_for_picture(picture)
    assert "Mapped from 2 points" in screen.wait_for_status("Mapped from 2 points")
    page.locator(".emx-ask-next .emx-chip").first.click()
    screen.wait_for_status("Mapped from 3 points")
    screen.rest()
    screenshot(page, f"{screen.host.name}-labels")
    screen.button("Undo").click()
    screen.wait_for_status("Mapped from 2 points")


def test_a_label_file_that_is_none_is_a_sentence_and_html_in_a_name_is_text(page, explorer, tmp_path, screenshot):
    screen = explorer(page)
    screen.button("Labels").click()
    page.get_by_text("Your labels").wait_for()
    (tmp_path / "labels.txt").write_text("hello")
    upload(page, tmp_path / "labels.txt")
    screen.wait_for_status("labels.txt is not GeoJSON; nothing loaded.")
    (tmp_path / "labels.geojson").write_text(NASTY)
    upload(page, tmp_path / "labels.geojson")
    screen.wait_for_status("1 point of <b>x")
    screenshot(page, f"{screen.host.name}-labels-html")


def upload(page, path):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Load GeoJSON", exact=True).first.click()
    chooser.value.set_files(path)


def test_groups_are_drawn_and_one_is_shown_alone(page, explorer, screenshot):
    screen = explorer(page)
    page.set_default_timeout(120_000)  # the first fit of a process imports scikit-learn
    screen.button("Clusters").click()
    screen.wait_for_status("stands out most")
    screen.rest()
    every = screen.picture
    screenshot(page, f"{screen.host.name}-clusters")
    page.get_by_role("button", name="Group 3", exact=True).first.click()
    assert screen.wait_for_picture(every) != every
    assert "Group 3 covers" in screen.wait_for_status("Group 3 covers")
