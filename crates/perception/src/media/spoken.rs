//! Words read aloud in Mandarin by espeak-ng, in a process of its own, within bounds.
//!
//! espeak-ng is a program under the GPL that whoever runs this may install; nothing of it is
//! linked or shipped. Where it is missing nothing is spoken. It is told syllables, because it comes
//! without the words that characters make.

use super::Bounds;
use super::confined::run;
use crate::Unreadable;
use pinyin::ToPinyin as _;
use std::ffi::OsString;
use std::path::Path;

/// The program that speaks.
const SPEAKER: &str = "espeak-ng";
/// Words a minute: slower than its own 175.
const PACE: &str = "160";
/// Silence behind the last word: a loudspeaker is late, and what follows is listened to.
const REST: &str = "apad=pad_dur=0.3";
/// Words in which a character sounds otherwise than alone; the longest that fits counts.
const WORDS: [(&str, &str); 57] = [
    ("还款", "huan2 kuan3"),
    ("还清", "huan2 qing1"),
    ("偿还", "chang2 huan2"),
    ("归还", "gui1 huan2"),
    ("应还", "ying1 huan2"),
    ("前还", "qian2 huan2"),
    ("要还", "yao4 huan2"),
    ("没还", "mei2 huan2"),
    ("共还", "gong4 huan2"),
    ("已还", "yi3 huan2"),
    ("期还", "qi1 huan2"),
    ("须还", "xu1 huan2"),
    ("还本", "huan2 ben3"),
    ("银行", "yin2 hang2"),
    ("行业", "hang2 ye4"),
    ("的", "de5"),
    ("了", "le5"),
    ("了解", "liao3 jie3"),
    ("吗", "ma5"),
    ("吧", "ba5"),
    ("呢", "ne5"),
    ("们", "men5"),
    ("着", "zhe5"),
    ("过", "guo4"),
    ("不得", "bu4 de2"),
    ("得到", "de2 dao4"),
    ("取得", "qu3 de2"),
    ("利率", "li4 lv4"),
    ("率", "lv4"),
    ("觉得", "jue2 de5"),
    ("记得", "ji4 de5"),
    ("只", "zhi3"),
    ("重新", "chong2 xin1"),
    ("数字", "shu4 zi4"),
    ("数", "shu4"),
    ("教您", "jiao1 nin2"),
    ("教我", "jiao1 wo3"),
    ("为您", "wei4 nin2"),
    ("因为", "yin1 wei4"),
    ("为", "wei2"),
    ("处理", "chu3 li3"),
    ("差额", "cha1 e2"),
    ("便宜", "pian2 yi5"),
    ("参与", "can1 yu4"),
    ("会", "hui4"),
    ("都", "dou1"),
    ("长者", "zhang3 zhe3"),
    ("长", "chang2"),
    ("调", "tiao2"),
    ("调查", "diao4 cha2"),
    ("转", "zhuan3"),
    ("干", "gan4"),
    ("系", "xi4"),
    ("给", "gei3"),
    ("相", "xiang1"),
    ("什么", "shen2 me5"),
    ("怎么", "zen3 me5"),
];

/// Characters as syllables with their tones' numbers; signs between sentences stay.
fn syllables(words: &str) -> String {
    let mut out = String::with_capacity(words.len() * 3);
    let mut rest = words;
    while let Some(character) = rest.chars().next() {
        let fits = WORDS.iter().filter(|(word, _)| rest.starts_with(word));
        if let Some((word, sounds)) = fits.max_by_key(|(word, _)| word.len()) {
            out.push_str(sounds);
            out.push(' ');
            rest = &rest[word.len()..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        match character.to_pinyin() {
            Some(sound) => {
                let sound = sound.with_tone_num_end().replace('ü', "v");
                let toneless = !sound.ends_with(|last: char| last.is_ascii_digit());
                out.push_str(&sound);
                out.push_str(if toneless { "5 " } else { " " });
            }
            None if character.is_ascii_alphanumeric() => out.push(character),
            None => out.push_str(match character {
                '，' | '、' | '；' | '：' | '（' | '）' => ", ",
                '。' | '！' => ". ",
                '？' => "? ",
                _ => " ",
            }),
        }
    }
    // 不 rises before a syllable that falls.
    let mut told: Vec<&str> = out.split_whitespace().collect();
    for at in 1..told.len() {
        if told[at - 1] == "bu4" && told[at].ends_with('4') {
            told[at - 1] = "bu2";
        }
    }
    told.join(" ")
}

/// Whether the programs that it takes are installed.
pub fn can_speak() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    there(SPEAKER) && there("ffmpeg")
}

/// Words as MP3; the two files are of ours, empty, and may be overwritten.
pub fn mandarin(
    words: &str,
    [text, wave]: [&Path; 2],
    bounds: &Bounds,
) -> Result<Vec<u8>, Unreadable> {
    let unwritten = |cause: std::io::Error| Unreadable::Decoding(cause.to_string());
    std::fs::write(text, syllables(words)).map_err(unwritten)?;
    let (text, wave) = (
        text.canonicalize().map_err(unwritten)?,
        wave.canonicalize().map_err(unwritten)?,
    );
    let told = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let mut how = told(&["-v", "cmn-latn-pinyin", "-s", PACE, "-b", "1", "-w"]);
    how.push(wave.clone().into());
    how.push("-f".into());
    how.push(text.into());
    run(SPEAKER, &how, bounds)?;
    let before = ["-nostdin", "-hide_banner", "-v", "error", "-threads", "1"];
    let held = ["-protocol_whitelist", "file", "-codec_whitelist"];
    let of = ["pcm_s16le", "-f", "wav", "-i"];
    let mut how = told(&[&before[..], &held, &of].concat());
    let mut address = OsString::from("file:");
    address.push(wave);
    how.push(address);
    let sound = ["-ac", "1", "-af", REST, "-c:a", "libmp3lame"];
    how.extend(told(
        &[&sound[..], &["-b:a", "40k", "-f", "mp3", "-"]].concat(),
    ));
    let bytes = run("ffmpeg", &how, bounds)?;
    match bytes.is_empty() {
        true => Err(Unreadable::Empty),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_told_as_syllables_by_their_words() {
        for (words, wanted) in [
            ("我已知晓。", "wo3 yi3 zhi1 xiao3 ."),
            ("总还款，银行", "zong3 huan2 kuan3 , yin2 hang2"),
            ("不得转借，对吗？", "bu4 de2 zhuan3 jie4 , dui4 ma5 ?"),
            ("不是替他人还", "bu2 shi4 ti4 ta1 ren2 hai2"),
            ("下调年利率", "xia4 tiao2 nian2 li4 lv4"),
            ("<b>", "b"),
            ("", ""),
        ] {
            assert_eq!(syllables(words), wanted, "{words}");
        }
    }

    #[test]
    fn what_is_spoken_lasts_as_long_as_its_words_take() {
        assert!(can_speak(), "espeak-ng and ffmpeg are installed");
        let folder = std::env::temp_dir().join(format!("spoken-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = ["words", "wave"].map(|name| folder.join(name));
        for file in &files {
            std::fs::write(file, b"").unwrap();
        }
        let mp3 = mandarin(
            "请读：我已知晓全部成本。",
            [&files[0], &files[1]],
            &Bounds::default(),
        );
        let spoken = folder.join("spoken");
        std::fs::write(&spoken, mp3.unwrap()).unwrap();
        let sound = crate::media::spoken(&spoken, &Bounds::default()).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(
            (2.0..12.0).contains(&sound.seconds()),
            "{}",
            sound.seconds()
        );
        assert!(sound.samples().iter().any(|sample| sample.abs() > 0.05));
    }
}
