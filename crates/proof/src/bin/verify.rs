//! `xiaobao-verify`: checks an evidence bundle offline.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use proof::bundle::{self, Language, MAX_BYTES, Trust};

/// 核验小保证据包 / Checks a Xiaobao evidence bundle.
///
/// Exit codes: 0 proved, 1 failed, 2 wrong usage or unreadable file, 3 consistent but signer unknown.
/// 退出码:0 已证明,1 不成立,2 用法错误或文件读不出,3 前后一致但签名者未知。
#[derive(Parser)]
#[command(name = "xiaobao-verify", version, verbatim_doc_comment)]
struct Arguments {
    /// 证据包 / The bundle (.zip)
    bundle: PathBuf,
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
    let trust = match &arguments.trust {
        Some(folder) => read_trust(folder)?,
        None => Trust::none(),
    };
    let bytes = read_bundle(&arguments.bundle)?;
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
