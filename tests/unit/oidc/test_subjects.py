from minzhengtong.oidc.subjects import client_sid, pairwise_sub

KEY = bytes(32)


def test_a_subject_is_stable_and_one_sectors_own() -> None:
    assert pairwise_sub(KEY, "a", "per_1") == pairwise_sub(KEY, "a", "per_1")
    others = {
        pairwise_sub(KEY, "b", "per_1"),
        pairwise_sub(KEY, "a", "per_2"),
        pairwise_sub(b"x" * 32, "a", "per_1"),
        client_sid(KEY, "a"),
    }
    assert len(others | {pairwise_sub(KEY, "a", "per_1")}) == 5


def test_parts_cannot_run_into_each_other() -> None:
    assert pairwise_sub(KEY, "ab", "c") != pairwise_sub(KEY, "a", "bc")


def test_nothing_of_the_person_shows() -> None:
    sub = pairwise_sub(KEY, "example.test.bus", "per_lin")
    assert len(sub) == 43
    assert "lin" not in sub
