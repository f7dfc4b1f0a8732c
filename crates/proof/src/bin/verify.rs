//! `xiaobao-verify`: checks an evidence bundle offline.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use proof::bundle::{self, Language, MAX_BYTES, Trust};
use proof::release_token::{MAX_CHARS, Payment, ReleaseToken};

/// 核验小保证据包 / Checks a Xiaobao evidence bundle.
///
/// Exit codes: 0 proved, 1 failed, 2 wrong usage or unreadable file, 3 consistent but signer unknown.
/// 退出码:0 已证明,1 不成立,2 用法错误或文件读不出,3 前后一致但签名者未知。
#[derive(Parser)]
#[command(
    name = "xiaobao-verify",
    version,
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// 证据包 / The bundle (.zip)
    #[arg(required = true)]
    bundle: Option<PathBuf>,
    /// 存放可信公钥(*.vkey)的文件夹 / Folder with the *.vkey files you trust
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// 输出 JSON / Print the report as JSON
    #[arg(long)]
    json: bool,
    /// 语言 / Language of the report
    #[arg(long, value_enum, default_value = "both")]
    lang: Lang,
}

#[derive(Subcommand)]
enum Command {
    /// 核验放款令牌 / Checks a release token: 0 the payment may be made, 1 it may not.
    Token {
        /// 存放令牌的文件 / File with the token
        token: PathBuf,
        /// 存放可信公钥(*.vkey)的文件夹 / Folder with the *.vkey files you trust
        #[arg(long, value_name = "DIR")]
        trust: PathBuf,
        /// 将要付出的款项(JSON) / The payment about to be made, as JSON
        #[arg(long, value_name = "FILE")]
        payment: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Zh,
    En,
    Both,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<u8, String> {
    if let Some(Command::Token {
        token,
        trust,
        payment,
    }) = &arguments.command
    {
        return pays(token, &read_trust(trust)?, payment);
    }
    let trust = match &arguments.trust {
        Some(folder) => read_trust(folder)?,
        None => Trust::none(),
    };
    let Some(path) = &arguments.bundle else {
        return Err("没有证据包 / no bundle".to_owned());
    };
    let bytes = read_bundle(path)?;
    let report = bundle::verify(&bytes, &trust);
    if arguments.json {
        let text = serde_json::to_string_pretty(&report).map_err(|why| why.to_string())?;
        println!("{text}");
    } else {
        let language = match arguments.lang {
            Lang::Zh => Language::Zh,
            Lang::En => Language::En,
            Lang::Both => Language::Both,
        };
        print!("{}", report.text(language));
    }
    Ok(report.verdict.exit_code())
}

/// Whether a payment may be made on a token.
fn pays(token: &Path, trust: &Trust, payment: &Path) -> Result<u8, String> {
    let word = read_short(token)?;
    let payment: Payment = serde_json::from_str(&read_short(payment)?)
        .map_err(|why| format!("{}: {why}", payment.display()))?;
    let token = match ReleaseToken::verify(word.trim(), trust.keys()) {
        Ok(token) => token,
        Err(why) => {
            println!("令牌不成立 / NOT A TOKEN: {why}");
            return Ok(1);
        }
    };
    let against = token.against(&payment);
    for finding in &against {
        let code = serde_json::to_value(finding).map_err(|why| why.to_string())?;
        println!(
            "不可放款 / DO NOT PAY: {}",
            code.as_str().unwrap_or_default()
        );
    }
    if against.is_empty() {
        println!("可以放款 / MAY BE PAID: {} {}", token.journey, token.amount);
        if token.break_glass {
            println!("两人紧急放行 / released by two people although a protection was missing");
        }
        if let Some(set) = &token.overridden {
            println!(
                "放行时缺少 / missing: {} ({})",
                set.missing.join(", "),
                set.id
            );
        }
    }
    Ok(u8::from(!against.is_empty()))
}

fn read_short(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|why| unreadable(path, &why))?;
    if size.len() > MAX_CHARS as u64 {
        return Err(format!("{}: 太长 / too long", path.display()));
    }
    fs::read_to_string(path).map_err(|why| unreadable(path, &why))
}

fn read_bundle(path: &Path) -> Result<Vec<u8>, String> {
    let size = fs::metadata(path).map_err(|why| unreadable(path, &why))?;
    if size.len() > MAX_BYTES as u64 {
        let zh = "超过 256 MiB,不是证据包";
        return Err(format!(
            "{}: {zh} / larger than 256 MiB, not a bundle",
            path.display()
        ));
    }
    fs::read(path).map_err(|why| unreadable(path, &why))
}

fn read_trust(folder: &Path) -> Result<Trust, String> {
    let mut trust = Trust::none();
    let listing = fs::read_dir(folder).map_err(|why| unreadable(folder, &why))?;
    for item in listing {
        let path = item.map_err(|why| unreadable(folder, &why))?.path();
        if path.extension().is_none_or(|extension| extension != "vkey") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|why| unreadable(&path, &why))?;
        trust
            .add_file(&text)
            .map_err(|why| format!("{}: 公钥不对 / bad key: {why}", path.display()))?;
    }
    if trust.keys().is_empty() {
        let zh = "没有 *.vkey 公钥文件";
        return Err(format!("{}: {zh} / no *.vkey file", folder.display()));
    }
    Ok(trust)
}

fn unreadable(path: &Path, why: &std::io::Error) -> String {
    format!("{}: 读不出 / can't be read: {why}", path.display())
}
