//! What each clause asks, in both languages.

use crate::error::Text;

/// Every clause with its words.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "identity_answers",
        "能回答核验问题",
        "a question is answered",
    ),
    (
        "identity_repeats",
        "同一问题重复询问，答复不变",
        "the same question has the same answer",
    ),
    (
        "identity_token",
        "令牌不对时拒绝",
        "another token is turned away",
    ),
    (
        "identity_signature",
        "签名不对时拒绝",
        "a wrong signature is turned away",
    ),
    ("sms_accepts", "网关受理短信", "a message is accepted"),
    (
        "sms_repeats",
        "同一短信重发仍受理",
        "the same message again is accepted",
    ),
    (
        "sms_token",
        "令牌不对时拒绝",
        "another token is turned away",
    ),
    (
        "signed_accepts",
        "受理签名正确的请求",
        "a call that is signed rightly is accepted",
    ),
    (
        "signed_repeats",
        "同一编号重复送达仍受理",
        "the same call again is accepted",
    ),
    (
        "signed_forged",
        "拒绝他人密钥的签名",
        "another key's signature is refused",
    ),
    (
        "signed_changed",
        "拒绝内容被改动的请求",
        "a changed body is refused",
    ),
    (
        "signed_stale",
        "拒绝十分钟前的请求",
        "a call of ten minutes ago is refused",
    ),
    ("return_opens", "返回地址可以打开", "the way back opens"),
    (
        "files_list",
        "可以查看 in 目录",
        "the folder in can be looked into",
    ),
    (
        "files_put",
        "可以写入 out 目录",
        "a file can be laid into the folder out",
    ),
];

/// The words of a clause; one without words shows its own name.
pub fn words(clause: &'static str) -> Text {
    let known = WORDS.iter().find(|(name, _, _)| *name == clause);
    let (zh, en) = known.map_or((clause, clause), |(_, zh, en)| (*zh, *en));
    Text::new(zh, en)
}
