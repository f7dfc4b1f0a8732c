use super::chain::Chain;
use super::signers::Signers;
use crate::bundle::report::{Report, Statement};

/// Says what holds and, as plainly, what was not shown.
pub(super) fn add(signers: &Signers, chain: &Chain, report: &mut Report) {
    report.proved = proved(signers, chain, report);
    report.not_proved = not_proved(signers, chain, report);
}

fn proved(signers: &Signers, chain: &Chain, report: &Report) -> Vec<Statement> {
    let last = chain.last;
    let (origin, size) = (&signers.checkpoint.origin, signers.checkpoint.size);
    let mut list = vec![
        Statement::new(
            "files_intact",
            "证据包的每一个字节都与清单和签名相符。",
            "Every byte of the bundle agrees with its manifest and signatures.",
        ),
        Statement::new(
            "complete_up_to",
            format!(
                "案件从第 1 条到第 {last} 条完整,中间没有缺漏或替换;第 {last} 条之后的事未证明。"
            ),
            format!(
                "Complete up to {last}: the case's facts 1 to {last} are all here, none left out or replaced; nothing proved after."
            ),
        ),
        Statement::new(
            "in_log",
            format!("每条事实都在日志 {origin} 的前 {size} 条记录之中。"),
            format!("Each fact is among the first {size} entries of the log {origin}."),
        ),
    ];
    if signers.log_trusted {
        list.push(Statement::new(
            "log_signed",
            format!("检查点由您信任的日志密钥 {} 签名。", signers.log_key),
            format!(
                "The checkpoint is signed by the log key you trust, {}.",
                signers.log_key
            ),
        ));
    }
    if signers.manifest_trusted {
        list.push(Statement::new(
            "manifest_signed",
            format!("清单由您信任的密钥 {} 签名。", signers.manifest_key),
            format!(
                "The manifest is signed by the key you trust, {}.",
                signers.manifest_key
            ),
        ));
    }
    let witnesses = report.witnesses.len();
    if witnesses > 0 {
        list.push(Statement::new(
            "witnessed",
            format!("{witnesses} 个您信任的见证人确认过该检查点与此前的历史一致。"),
            format!("{witnesses} of the witnesses you trust confirmed that the checkpoint continues the history before it."),
        ));
    }
    let documents = report.documents.len();
    if documents > 0 {
        list.push(Statement::new(
            "documents_bound",
            format!("{documents} 份文件的摘要都写在案件的事实里。"),
            format!(
                "Documents whose digests are named by facts of the case: {documents}, that is all."
            ),
        ));
    }
    let listed = report.segments.iter().filter(|one| one.listed).count();
    if listed > 0 {
        let films = report.segments.iter().filter(|one| one.film).count();
        list.push(Statement::new(
            "recordings_chained",
            format!("{listed} 段录像各片的摘要连成的链与事实里的链头一致；其中 {films} 段的录像在包内，逐片相符。"),
            format!("Recorded segments whose chunks lead to the head that a fact names: {listed}; of these, films that are here and agree chunk by chunk: {films}."),
        ));
    }
    if !chain.forgotten.is_empty() {
        let numbers = numbers(chain.forgotten.iter());
        list.push(Statement::new(
            "forgotten",
            format!("第 {numbers} 条的内容已被删除,日志里有删除的记录,位置仍在。"),
            format!("The content of {numbers} was destroyed; the log records that it was, and keeps its place."),
        ));
    }
    list
}

fn not_proved(signers: &Signers, chain: &Chain, report: &Report) -> Vec<Statement> {
    let mut list = vec![
        Statement::new(
            "truth",
            "事实所说的是否真实:这里只证明机构当时这样记录、此后没有改动。",
            "Whether what the facts say is true: it is proved only that the institution recorded it so and has not changed it.",
        ),
        Statement::new(
            "clock",
            "时间是否准确:事实的时间来自机构自己的时钟。",
            "Whether the times are right: facts carry the institution's own clock.",
        ),
        Statement::new(
            "after",
            format!("第 {} 条之后还发生了什么。", chain.last),
            format!("What happened after fact {}.", chain.last),
        ),
        Statement::new(
            "twin",
            "日志里是否另有一条同案同号的事实:只有审计整个日志才能看出。",
            "Whether the log also holds another fact of this case under a number shown here: only an audit of the whole log can tell.",
        ),
    ];
    if !signers.log_trusted {
        list.push(Statement::new(
            "log_unknown",
            format!("谁签了检查点:请从可靠渠道取得日志公钥,与 {} 核对。", signers.log_key),
            format!("Who signed the checkpoint: get the log's public key from a source you trust and compare it with {}.", signers.log_key),
        ));
    }
    if !signers.manifest_trusted {
        list.push(Statement::new(
            "manifest_unknown",
            format!("谁签了清单:请从可靠渠道取得公钥,与 {} 核对。", signers.manifest_key),
            format!("Who signed the manifest: get the public key from a source you trust and compare it with {}.", signers.manifest_key),
        ));
    }
    if report.witnesses.is_empty() {
        list.push(Statement::new(
            "no_witness",
            "没有您信任的见证人签名:不能排除机构给不同的人看不同的历史。",
            "No witness you trust cosigned: it can't be ruled out that the institution shows different histories to different people.",
        ));
    }
    if !report.timestamps.is_empty() {
        list.push(Statement::new(
            "timestamps",
            "时间戳文件原样附带,本程序不核验其内容。",
            "The timestamps are carried unaltered; this program does not check what they say.",
        ));
    }
    let absent = report.segments.iter().filter(|one| !one.film).count();
    if absent > 0 {
        list.push(Statement::new(
            "films_absent",
            format!("{absent} 段录像不在包内：这里只有它的摘要，看不到内容。"),
            format!("What recorded segments show whose films are not here, only their digests: {absent}."),
        ));
    }
    if !chain.backwards.is_empty() {
        let numbers = numbers(chain.backwards.iter());
        list.push(Statement::new(
            "clock_backwards",
            format!("机构的时钟曾倒退:第 {numbers} 条的时间早于它前面的事实。"),
            format!("The institution's clock went backwards: the time of {numbers} is before that of an earlier fact."),
        ));
    }
    if !chain.unlinked.is_empty() {
        let numbers = numbers(chain.unlinked.iter());
        list.push(Statement::new(
            "forgotten_unlinked",
            format!("第 {numbers} 条已删除,其后一条也已删除,因此不能证明它属于本案。"),
            format!("That forgotten fact {numbers} belonged to this case: the fact after it, which would name it, was forgotten too."),
        ));
    }
    list
}

fn numbers<'a>(list: impl Iterator<Item = &'a u64>) -> String {
    let texts: Vec<String> = list.map(u64::to_string).collect();
    texts.join(", ")
}
