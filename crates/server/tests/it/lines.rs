//! Credit lines and their drawdowns are journeys of their own kind.

use serde_json::{Value, json};

use crate::actors::{ANHE, Partner, Someone, journey_of, loan};
use crate::app::TestApp;
use crate::steps::offers;

fn of_kind(someone: &Someone, kind: &str, line: Option<&str>) -> Value {
    let mut body = journey_of(someone, "hexiang", Value::Null);
    body["kind"] = json!(kind);
    if let Some(line) = line {
        body["line"] = json!(line);
    }
    body
}

#[test]
fn a_line_asks_up_to_the_decision_has_no_price_and_releases_nothing() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let someone = Someone::adult(1);
        // A product whose person does not draw down offers no line.
        let early = of_kind(&someone, "line", None);
        lender
            .asks(app, "early", &early)
            .await
            .refused(409, "line_not_offered");
        let steps = json!([
            "personal_information_notice",
            "credit_decision",
            "drawdown",
            "cost_disclosure"
        ]);
        offers(app, &steps).await.expect("released");
        let body = of_kind(&someone, "line", None);
        let line = lender.asks(app, "line", &body).await.json();
        assert_eq!(
            (&line["kind"], &line["state"], &line["granted"]),
            (&json!("line"), &json!("open"), &Value::Null)
        );
        assert_eq!(
            line["required"],
            json!(["personal_information_notice", "credit_decision"])
        );
        let id = line["id"].as_str().expect("an id");
        assert_eq!(lender.missing(app, id).await[0], "line_releases_nothing");
        lender
            .post(app, &format!("/v1/journeys/{id}/loan"), &loan())
            .await
            .refused(409, "line_has_no_price");

        // Nothing is drawn of a line that nobody granted, nor of somebody else's or of none.
        let drawn = of_kind(&someone, "drawdown", Some(id));
        lender
            .asks(app, "drawn", &drawn)
            .await
            .refused(409, "line_not_in_force");
        let other = of_kind(&Someone::adult(2), "drawdown", Some(id));
        lender
            .asks(app, "other", &other)
            .await
            .refused(409, "line_of_other");
        for (key, body) in [
            ("none", of_kind(&someone, "drawdown", None)),
            ("loan", of_kind(&someone, "loan", Some(id))),
        ] {
            let answer = lender.asks(app, key, &body).await;
            answer.refused(422, "invalid_request");
        }
        // With a step for it, amount and periods are the person's choice.
        let priced = journey_of(&someone, "hexiang", loan());
        lender
            .asks(app, "priced", &priced)
            .await
            .refused(409, "price_by_person");
    });
}
