from assistant.places import entity_districts, find_mentions, find_unknown_places, read_places, short_name


def named(text, store):
    mentions = find_mentions(text, read_places(store.documents), store.folded_text)
    return [name for mention in mentions for name in mention.districts]


def unknown(text, store):
    mentions = find_mentions(text, read_places(store.documents), store.folded_text)
    return find_unknown_places(text, mentions, store.folded_text)


def test_districts_are_learned_from_the_documents(small_store):
    assert {place.name for place in read_places(small_store.documents)} == {"云溪街道", "青石镇", "松岭区"}


def test_a_district_is_found_by_its_full_name(small_store):
    assert named("云溪街道的公园", small_store) == ["云溪街道"]


def test_a_district_is_found_by_its_short_name(small_store):
    assert named("青石怎么发展茶产业", small_store) == ["青石镇"]


def test_several_districts_are_found_in_the_order_of_the_text(small_store):
    assert named("青石和云溪比", small_store) == ["青石镇", "云溪街道"]


def test_a_name_of_the_same_sound_is_taken_for_the_district(small_store):
    assert named("云西街道的公园", small_store) == ["云溪街道"]


def test_a_place_without_documents_is_unknown(small_store):
    assert unknown("桃花岭街道有什么安排", small_store) == ("桃花岭街道",)


def test_common_words_that_end_like_places_are_not_unknown_places(small_store):
    for text in ("小区停车怎么办", "全市排第几", "街道管不管", "哪个街道有食堂", "社区和园区的安排"):
        assert unknown(text, small_store) == (), text


def test_a_name_that_only_one_district_uses_points_to_it(small_store):
    assert entity_districts("盐茶古道修得怎么样", small_store.folded_text) == ("青石镇",)


def test_words_that_every_plan_uses_point_nowhere(small_store):
    assert entity_districts("今年有什么安排", small_store.folded_text) == ()


def test_a_short_name_keeps_two_characters():
    assert short_name("云溪街道") == "云溪"
    assert short_name("东区") == "东区"
