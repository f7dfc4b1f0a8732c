//! What a person sees of everything they have with a lender.

use serde_json::json;

use crate::actors::{ANHE, Borrower, Partner, Someone, loan};
use crate::app::TestApp;

#[test]
fn a_person_sees_all_of_their_loans_and_nobody_else_s() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let someone = Someone::adult(1);
        let older = lender
            .opens(
                app,
                &someone,
                "hemiao",
                json!({ "principal": 600_000, "periods": 6 }),
            )
            .await;
        let newer = lender.opens(app, &someone, "hexiang", loan()).await;
        let foreign = lender
            .opens(app, &Someone::adult(2), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&newer.url);
        borrower.enters(app, &newer.id).await;
        let me = borrower.get(app, "/api/h5/me").await.ok().json();
        let ids: Vec<&str> = me["loans"]["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .filter_map(|row| row["id"].as_str())
            .collect();
        assert_eq!(ids, [newer.id.as_str(), older.id.as_str()]);
        let path = format!("/api/h5/me/loans/{}", older.id);
        let one = borrower.get(app, &path).await.ok().json();
        assert_eq!(one["sheet"]["principal"], 600_000);
        let start = one["sheet"]["terms"]["start"].as_str().expect("a day");
        let day = borrower
            .get(app, &format!("{path}/settlement?on={start}"))
            .await
            .ok()
            .json();
        // On the first day nothing has accrued: what was lent is what ends it.
        assert_eq!(
            (&day["total"], &day["interest"]),
            (&json!(600_000), &json!(0))
        );
        borrower
            .get(app, &format!("{path}/settlement?on=2020-01-01"))
            .await
            .refused(422, "invalid_request");
        for part in ["", "/settlement?on=2026-12-01"] {
            let path = format!("/api/h5/me/loans/{}{part}", foreign.id);
            borrower.get(app, &path).await.refused(404, "not_found");
        }
    });
}
