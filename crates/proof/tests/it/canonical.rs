use std::collections::{BTreeMap, HashMap};

use proof::canonical::{CanonicalError, MAX_DEPTH, parse, to_vec};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

fn text<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(to_vec(value).unwrap()).unwrap()
}

#[test]
fn keys_sort_as_in_rfc_8785_section_3_2_3() {
    let given = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let value: Value = serde_json::from_str(given).unwrap();
    let wanted = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
    assert_eq!(text(&value), wanted);
    assert_eq!(parse(wanted.as_bytes()).unwrap(), value);
}

#[test]
fn strings_escape_as_in_rfc_8785_section_3_2_2() {
    let given = r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/""#;
    let value: Value = serde_json::from_str(given).unwrap();
    assert_eq!(text(&value), r#""€$\u000f\nA'B\"\\\\\"/""#);
    assert_eq!(
        text("\u{8}\t\u{b}\u{c}\u{7f}\u{1f}"),
        "\"\\b\\t\\u000b\\f\u{7f}\\u001f\""
    );
}

#[test]
fn literals_and_integers() {
    assert_eq!(
        text(&json!([null, true, false, 0, -1])),
        "[null,true,false,0,-1]"
    );
    assert_eq!(text(&9_007_199_254_740_991_i64), "9007199254740991");
    assert_eq!(text(&-9_007_199_254_740_991_i64), "-9007199254740991");
    for outside in [9_007_199_254_740_992_i64, i64::MIN] {
        assert!(matches!(
            to_vec(&outside),
            Err(CanonicalError::IntegerRange)
        ));
    }
    assert!(matches!(
        to_vec(&u128::MAX),
        Err(CanonicalError::IntegerRange)
    ));
}

#[test]
fn floats_are_refused_in_every_guise() {
    for float in [1.0, 0.5, f64::NAN, f64::INFINITY, -0.0] {
        assert!(
            matches!(to_vec(&float), Err(CanonicalError::Float)),
            "{float}"
        );
        assert!(to_vec(&BTreeMap::from([("a", float)])).is_err());
    }
    for spelled in ["1.0", "1e2", "-0", "1E400", "9007199254740992"] {
        assert!(parse(spelled.as_bytes()).is_err(), "{spelled}");
    }
}

#[test]
fn every_shape_serde_knows() {
    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Pair(u8, Option<char>),
        Named { b: u8, a: () },
    }
    #[derive(Serialize)]
    struct Outer(Vec<Shape>, HashMap<String, i8>, (u16, &'static str));
    let outer = Outer(
        vec![
            Shape::Unit,
            Shape::New(1),
            Shape::Pair(2, Some('x')),
            Shape::Named { b: 1, a: () },
        ],
        HashMap::from([("z".into(), -1), ("a".into(), 1)]),
        (7, "s"),
    );
    let wanted = r#"[["Unit",{"New":1},{"Pair":[2,"x"]},{"Named":{"a":null,"b":1}}],{"a":1,"z":-1},[7,"s"]]"#;
    assert_eq!(text(&outer), wanted);
    assert!(parse(wanted.as_bytes()).is_ok());
    let numbered = BTreeMap::from([(1, 2)]);
    assert!(matches!(
        to_vec(&numbered),
        Err(CanonicalError::KeyNotString)
    ));
}

#[test]
fn one_spelling_only() {
    for other in [
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"a\":2}",
        "{\"b\":1,\"a\":2}",
        "{ \"a\":1}",
        "{\"a\":1}\n",
        "\"\\u0041\"",
        "\"\\/\"",
        "01",
        "+1",
        "[1,]",
        "\"\\ud800\"",
        "",
        "{\"a\":1}{}",
    ] {
        assert!(parse(other.as_bytes()).is_err(), "{other}");
    }
    assert!(parse(b"\"\xff\"").is_err());
    let why = parse(b"{\"b\":1,\"a\":2}").unwrap_err();
    assert!(
        matches!(why, CanonicalError::NotCanonical { at: 2 }),
        "{why}"
    );
}

#[test]
fn nesting_is_bounded_both_ways() {
    let nested = |depth| (0..depth).fold(json!(0), |inner, _| json!([inner]));
    let deepest = to_vec(&nested(MAX_DEPTH)).unwrap();
    assert_eq!(parse(&deepest).unwrap(), nested(MAX_DEPTH));
    assert!(matches!(
        to_vec(&nested(MAX_DEPTH + 1)),
        Err(CanonicalError::TooDeep)
    ));
    assert!(parse("[".repeat(100_000).as_bytes()).is_err());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in any_value()) {
        let bytes = to_vec(&value).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<Value>(&bytes).unwrap(), &value);
        prop_assert_eq!(parse(&bytes).unwrap(), value);
    }

    #[test]
    fn what_is_read_is_the_only_spelling(bytes in "[\\[\\]{}\":,0-9a\\\\u-]{0,12}") {
        if let Ok(value) = parse(bytes.as_bytes()) {
            prop_assert_eq!(to_vec(&value).unwrap(), bytes.into_bytes());
        }
    }
}
