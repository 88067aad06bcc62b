//! What is different between two texts.

/// What went and what came, line by line, each with some lines before and after.
pub fn difference(golden: &str, now: &str) -> String {
    const AROUND: usize = 3;
    let (old, new): (Vec<_>, Vec<_>) = (golden.lines().collect(), now.lines().collect());
    // How many lines the rests have in common, from each line of the one and of the other on.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for (i, j) in (0..old.len()).rev().flat_map(|i| (0..new.len()).rev().map(move |j| (i, j))) {
        let without = common[i + 1][j].max(common[i][j + 1]);
        common[i][j] = if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { without };
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((i + 1, ' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push((i + 1, '-', old[i]));
            i += 1;
        } else {
            lines.push((i + 1, '+', new[j]));
            j += 1;
        }
    }
    let mut shown = Vec::new();
    let mut last = None;
    for (index, (number, sign, line)) in lines.iter().enumerate() {
        let around = &lines[index.saturating_sub(AROUND)..lines.len().min(index + AROUND + 1)];
        if around.iter().all(|(_, sign, _)| *sign == ' ') {
            continue;
        }
        if last.is_none_or(|last| last + 1 != index) {
            shown.push(format!("@ line {number}"));
        }
        last = Some(index);
        shown.push(format!("{sign} {line}"));
    }
    shown.join("\n")
}

#[test]
fn a_difference_shows_what_went_and_what_came() {
    let same = "s\n".repeat(9);
    let shown = difference(&format!("a\nb\nc\nd\ne\n{same}x\ny"), &format!("a\nb\nc\nd\nE\nE\n{same}y"));
    let expected =
        "@ line 2\n  b\n  c\n  d\n- e\n+ E\n+ E\n  s\n  s\n  s\n@ line 12\n  s\n  s\n  s\n- x\n  y";
    assert_eq!(shown, expected);
}
