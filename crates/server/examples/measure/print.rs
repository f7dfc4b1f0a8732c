//! The cost sheet as PDF: the sheet of 禾享贷 set by the house's own template, and the whole job that prints it.

use std::time::Instant;

use serde_json::Value;
use xiaobao::clock::Clock;
use xiaobao::product::Ask;
use xiaobao::typeset::{Language, Meta};
use xiaobao::{app, clock, jobs};

use crate::house::House;
use crate::{Outcome, figure, quantile};

const TEMPLATE: &str = include_str!("../../src/disclosure/sheet.typ");
const SHEET: &str = include_str!("../../src/typeset/fixtures/hexiang.json");
const PRINTS: usize = 40;
/// Not measured.
const WARM_UP: usize = 3;

pub async fn run() -> Outcome {
    House::during(Clock::System, async |house| measure(house).await).await
}

async fn measure(house: &House) -> Outcome {
    jobs::drain(&house.ctx, &app::handlers()).await?;
    let mut data: Value = serde_json::from_str(SHEET)?;
    let mut alone = Vec::new();
    for print in 0..WARM_UP + PRINTS {
        // Another borrower every time, so that nothing is learnt by heart.
        data["journey"] = format!("jny_{print:026}").into();
        let meta = Meta {
            title: format!("综合融资成本明示表 {print}"),
            author: "安禾消费金融".to_owned(),
            language: Language::Chinese,
            created: clock::timestamp(house.ctx.clock.now_ms()),
            document_id: print.to_string(),
            address: Some("https://xiaobao.example/r/AAAAAAAAAAAAAAAAAAAAAA".into()),
        };
        let started = Instant::now();
        house.ctx.typesetter.pdf(TEMPLATE, &data, meta)?;
        alone.push(started.elapsed().as_secs_f64() * 1e3);
    }
    figure("pdf.warm_ms", quantile(&mut alone[WARM_UP..], 0.5));

    // As it happens: a journey with a final price, and the job that reads, sets, stores and swears.
    let mut whole = Vec::new();
    for print in 0..PRINTS / 4 {
        let ask = Ask {
            principal: 2_000_000 + 100 * i64::try_from(print)?,
            periods: 12,
            start: None,
            first_due: None,
        };
        house.journey(print, Some(ask)).await?;
        let started = Instant::now();
        jobs::drain(&house.ctx, &app::handlers()).await?;
        whole.push(started.elapsed().as_secs_f64() * 1e3);
    }
    figure("pdf.job_ms", quantile(&mut whole, 0.5));
    Ok(())
}
