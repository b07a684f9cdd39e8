from assistant.sounds import correct, sound, sounds_alike

CORPUS = "为小区安装596组电动车充电桩。加快跨境电商产业园建设,推进产业链招商。"


def test_a_homophone_of_a_word_in_the_documents_is_taken_for_it():
    assert correct("小区装了多少组充电庄", CORPUS) == (("充电庄", "充电桩"),)


def test_words_that_stand_in_the_documents_are_left_alone():
    assert correct("小区装了多少组充电桩", CORPUS) == ()


def test_particles_that_only_sound_like_a_word_are_left_alone():
    assert correct("推进产业连的事", "推进产业连的是") == ()


def test_a_word_of_another_sound_is_not_corrected():
    assert correct("小区有没有充电站", CORPUS) == ()


def test_one_syllable_is_one_code_so_that_places_stay():
    assert len(sound("充电桩a1")) == 5
    assert sound("桩") == sound("庄")


def test_words_of_different_length_do_not_sound_alike():
    assert not sounds_alike("充电", "充电桩")
