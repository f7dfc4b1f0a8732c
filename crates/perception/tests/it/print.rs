//! A printed card, drawn for the test: no real person's.

use crate::{ffmpeg_there, make, scratch, senses};
use perception::picture::Picture;
use perception::print::{IdentityCard, Print};
use std::path::Path;

const FONT: &str = "../server/assets/fonts/NotoSansSC-Regular.otf";
/// Text, place and size.
const CARD: [(&str, u32, u32, u32); 9] = [
    ("姓名", 40, 50, 28),
    ("李小宝", 130, 46, 34),
    ("性别  女   民族  汉", 40, 110, 28),
    ("出生  1949 年 12 月 31 日", 40, 170, 28),
    ("住址", 40, 230, 28),
    ("北京市朝阳区清河路", 130, 230, 28),
    ("十二号院三号楼", 130, 270, 28),
    ("公民身份号码", 40, 350, 28),
    ("11010519491231002X", 270, 346, 34),
];

#[test]
fn a_card_is_read_and_checked() {
    let Some((models, _)) = senses() else { return };
    let font = Path::new(env!("CARGO_MANIFEST_DIR")).join(FONT);
    if !ffmpeg_there() || !font.is_file() {
        eprintln!("not run: font missing");
        return;
    }
    let folder = scratch("print");
    let text = CARD.map(|(text, x, y, size)| {
        let font = font.display();
        format!(
            "drawtext=fontfile={font}:text='{text}':x={x}:y={y}:fontsize={size}:fontcolor=0x202020"
        )
    });
    let file = folder.join("card.png");
    let words = ["-f", "lavfi", "-i", "color=0xdfe9ef:s=760x440", "-vf"];
    let drawn = text.join(",");
    make(&[&words[..], &[&drawn, "-frames:v", "1"]].concat(), &file);
    let picture = Picture::read(&std::fs::read(&file).unwrap()).unwrap();
    let lines = Print::open(&models).unwrap().read(&picture, 0.6).unwrap();
    let card = IdentityCard::read(&lines);
    assert_eq!(card.name.as_deref(), Some("李小宝"), "{lines:#?}");
    assert_eq!(card.sex, Some('女'));
    assert_eq!(card.ethnicity.as_deref(), Some("汉"));
    assert_eq!(
        card.address.as_deref(),
        Some("北京市朝阳区清河路十二号院三号楼")
    );
    assert_eq!(card.number.as_deref(), Some("11010519491231002X"));
    assert_eq!(card.faults(), []);
}

#[test]
fn an_empty_page_has_no_print() {
    let Some((models, _)) = senses() else { return };
    let mut sense = Print::open(&models).unwrap();
    for (width, height) in [(640, 400), (3, 3), (4_000, 8)] {
        let picture = Picture::new(width, height, vec![250; width * height * 3]).unwrap();
        assert!(
            sense.read(&picture, 0.6).unwrap().is_empty(),
            "{width} by {height}"
        );
    }
}
