//! "Did you mean …?": the candidate nearest to a misspelt name, by the costs and the threshold CPython uses.

/// Inserting, deleting or replacing a character costs this much; changing its case half of it.
const MOVE: usize = 2;
const CASE: usize = 1;

/// Longer names are not compared.
const LONGEST: usize = 40;

/// The candidate with the least edit distance, if it is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.filter(|&candidate| candidate != name) {
        let other = candidate.chars().count();
        let most = (length + other + 3) * MOVE / 6;
        let cost = distance(name, candidate);
        if other <= LONGEST && cost <= most && best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn replace_cost(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE
    } else {
        MOVE
    }
}

fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut last: Vec<usize> = (0..=b.len()).map(|at| at * MOVE).collect();
    for i in 1..=a.len() {
        let mut row = vec![i * MOVE];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + replace_cost(a[i - 1], b[j - 1]);
            row.push(replaced.min(last[j] + MOVE).min(row[j - 1] + MOVE));
        }
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["sleep", "gather", "create_task"];
        assert_eq!(nearest("slep", names.into_iter()), Some("sleep"));
        assert_eq!(nearest("gahter", names.into_iter()), Some("gather"));
        assert_eq!(nearest("wibble", names.into_iter()), None);
        assert_eq!(nearest("b", ["a"].into_iter()), None);
    }
}
