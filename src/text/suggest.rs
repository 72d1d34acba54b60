//! "Did you mean: 'x'?" as CPython decides it: which names are near enough, and which is nearest.

/// With more names than this, or a longer one, CPython does not look.
const MAX_CANDIDATES: usize = 750;
const MAX_LENGTH: usize = 40;
const MOVE: usize = 2;
const CASE: usize = 1;

/// The first of the nearest candidates to a wrong name, if no more than a third of the letters differ.
pub fn suggest<'a>(wrong: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if candidates.len() > MAX_CANDIDATES {
        return None;
    }
    let length = wrong.chars().count();
    let mut best: Option<(&'a str, usize)> = None;
    for &candidate in candidates.iter().filter(|&&candidate| candidate != wrong) {
        let most = (candidate.chars().count() + length + 3) * MOVE / 6;
        let most = most.min(best.map_or(usize::MAX, |(_, distance)| distance - 1));
        if let Some(distance) = distance(wrong, candidate, most) {
            if distance == 0 {
                return Some(candidate);
            }
            best = Some((candidate, distance));
        }
    }
    best.map(|(candidate, _)| candidate)
}

/// What it costs to make one name the other, if it is at most `most`.
fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let prefix = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        let cost = (a.len() + b.len()) * MOVE;
        return (cost <= most).then_some(cost);
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH || a.len().abs_diff(b.len()) * MOVE > most {
        return None;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|at| at * MOVE).collect();
    let mut result = 0;
    for (at, &to) in b.iter().enumerate() {
        let mut diagonal = at * MOVE;
        result = diagonal;
        let mut least = usize::MAX;
        for (cost, &from) in row.iter_mut().zip(a) {
            let replaced = diagonal + replacement(to, from);
            diagonal = *cost;
            result = (result.min(diagonal) + MOVE).min(replaced);
            *cost = result;
            least = least.min(result);
        }
        if least > most {
            return None;
        }
    }
    (result <= most).then_some(result)
}

fn replacement(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE
    } else {
        MOVE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_cpython_finds() {
        let names = ["sleep", "gather", "create_task", "print"];
        assert_eq!(suggest("slep", &names), Some("sleep"));
        assert_eq!(suggest("prnit", &names), Some("print"));
        assert_eq!(suggest("Print", &names), Some("print"));
        assert_eq!(suggest("wibble", &names), None);
        assert_eq!(suggest("create_tasks", &names), Some("create_task"));
    }
}
