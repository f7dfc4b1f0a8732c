use super::*;

/// A face of plain geometry: eyes, lips and nose as open, apart and turned as told.
fn face(eyes: f32, turn: f32, mouth: f32) -> Vec<Point> {
    let mut points = vec![Point { x: 50.0, y: 50.0 }; 68];
    points[0] = Point { x: 0.0, y: 50.0 };
    points[16] = Point { x: 100.0, y: 50.0 };
    points[30] = Point {
        x: 50.0 + 50.0 * turn,
        y: 50.0,
    };
    for (at, x) in [(36, 20.0), (42, 60.0)] {
        let open = 20.0 * eyes / 2.0;
        for (which, (right, down)) in [
            (0.0, 0.0),
            (6.0, -open),
            (14.0, -open),
            (20.0, 0.0),
            (14.0, open),
            (6.0, open),
        ]
        .into_iter()
        .enumerate()
        {
            points[at + which] = Point {
                x: x + right,
                y: 35.0 + down,
            };
        }
    }
    points[60] = Point { x: 30.0, y: 80.0 };
    points[64] = Point { x: 70.0, y: 80.0 };
    points[62] = Point {
        x: 50.0,
        y: 80.0 - 20.0 * mouth,
    };
    points[66] = Point {
        x: 50.0,
        y: 80.0 + 20.0 * mouth,
    };
    points
}

/// Five seconds at ten pictures a second, with what `act` does between the second and the third.
fn film(act: impl Fn(f32) -> (f32, f32, f32)) -> Vec<Seen> {
    (0..50)
        .map(|at| {
            let at_s = at as f32 / 10.0;
            let (eyes, turn, mouth) = match (2.0..3.0).contains(&at_s) {
                true => act(at_s - 2.0),
                false => (0.3, 0.0, 0.05),
            };
            Seen {
                at_s,
                faces: vec![face(eyes, turn, mouth)],
            }
        })
        .collect()
}

fn outcome(act: Act, seen: &[Seen]) -> Outcome {
    let prompt = Prompt {
        act,
        from_s: 1.0,
        until_s: 5.0,
    };
    judge(&[prompt], seen)[0].outcome
}

#[test]
fn each_act_is_itself_and_no_other() {
    let films = [
        (
            Act::Blink,
            film(|at| (if at < 0.3 { 0.1 } else { 0.3 }, 0.0, 0.05)),
        ),
        (Act::TurnLeft, film(|_| (0.3, 0.4, 0.05))),
        (Act::TurnRight, film(|_| (0.3, -0.4, 0.05))),
        (Act::OpenMouth, film(|_| (0.3, 0.0, 0.6))),
    ];
    for (act, seen) in &films {
        for (other, _) in &films {
            let found = outcome(*other, seen);
            assert_eq!(
                found == Outcome::Done,
                other == act,
                "{other:?} in a film of {act:?}"
            );
        }
    }
}

#[test]
fn what_is_not_seen_has_its_reason() {
    let still = film(|_| (0.3, 0.0, 0.05));
    let stays_open: Vec<Seen> = still
        .iter()
        .cloned()
        .map(|mut seen| {
            if seen.at_s > 3.0 {
                seen.faces = vec![face(0.3, 0.0, 0.6)];
            }
            seen
        })
        .collect();
    let with = |change: fn(&mut Seen)| {
        let mut seen = film(|_| (0.3, 0.0, 0.6));
        seen.iter_mut().for_each(change);
        seen
    };
    let lost = with(|seen| {
        if seen.at_s > 2.0 {
            seen.faces.clear();
        }
    });
    let two = with(|seen| {
        let other = seen.faces[0].clone();
        seen.faces.push(other);
    });
    let broken = with(|seen| seen.faces[0].truncate(5));
    let same = with(|seen| seen.faces[0].fill(Point::default()));
    let cases = [
        (still, Outcome::NotDone),
        (stays_open, Outcome::NotDone),
        (lost, Outcome::FaceLost),
        (two, Outcome::SecondFace),
        (broken, Outcome::FaceLost),
        (same, Outcome::FaceLost),
        (Vec::new(), Outcome::TooFewPictures),
    ];
    for (seen, wanted) in cases {
        assert_eq!(outcome(Act::OpenMouth, &seen), wanted);
    }
}

#[test]
fn an_act_counts_only_in_its_time() {
    let seen = film(|_| (0.3, 0.0, 0.6));
    let asked = |from_s: f32, until_s: f32| {
        let prompt = Prompt {
            act: Act::OpenMouth,
            from_s,
            until_s,
        };
        judge(&[prompt], &seen)[0]
    };
    assert_eq!(asked(1.0, 4.0).at_s, Some(2.0));
    assert!(asked(1.0, 4.0).furthest > Some(1.0));
    assert_eq!(asked(3.5, 5.0).outcome, Outcome::NotDone);
    assert_eq!(asked(3.5, 5.0).furthest, Some(0.0));
    assert_eq!(asked(6.0, 7.0).furthest, None);
    assert_eq!(asked(0.0, 1.5).outcome, Outcome::NotDone);
}
