//! What the sample comes to.

use super::*;
use expect_test::expect_file;

const SAMPLE: &str = include_str!("../../../docs/simulate.yaml");

fn sample() -> File {
    file::read(SAMPLE).unwrap()
}

fn case(file: &File, days: u32, seeds: &[u64]) -> Case {
    let seeds = lived(file.plan.clone(), days, seeds, &ProgressBar::hidden());
    Case { name: "as told".to_owned(), seeds }
}

#[test]
fn the_samples_summary_is_as_reviewed() {
    let file = sample();
    let told = summary::lines(&file, &[case(&file, 2, &[1])], 2).join("\n");
    expect_file!["sample.txt"].assert_eq(&(told + "\n"));
}

#[test]
fn more_headroom_never_makes_the_samples_tasks_wait_longer() {
    let file = sample();
    let mut before = case(&file, 2, &[1]);
    for hosts in [1, 3] {
        let mut more = file.clone();
        file::set(&mut more.plan.groups, &[format!("headroom-hosts={hosts}")]).unwrap();
        let after = case(&more, 2, &[1]);
        let sum = |case: &Case| case.seeds[0].waits.iter().map(|one| u64::from(*one)).sum::<u64>();
        assert!(sum(&after) < sum(&before), "{} {}", sum(&after), sum(&before));
        // Half of the tasks wait for nothing but their own start, whatever the headroom.
        for percent in [90, 99] {
            let waited = |case: &Case| case.seeds[0].waited(percent);
            assert!(waited(&after) <= waited(&before), "{percent}: {}", waited(&after));
        }
        assert!(after.seeds[0].host_hours() > before.seeds[0].host_hours());
        before = after;
    }
}

#[test]
fn the_page_is_one_file_and_no_name_is_taken_for_markup() {
    let mut file = sample();
    file.plan.services[0].each.cpu = 100_000;
    file.plan.services[0].name = "<script>x</script>".to_owned();
    let cases = [case(&file, 1, &[1, 2])];
    let page = page::page("<a>&\"'", &file, &cases, 1);
    assert!(page.contains("&lt;a&gt;&amp;&quot;&#39;") && !page.contains("<script"), "{page}");
    for outside in ["http:", "https:", "src=", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.matches("<svg").count() >= 2);
}

#[test]
fn the_same_seeds_are_the_same_page() {
    let file = sample();
    let page = || page::page("x", &file, &[case(&file, 1, &[4])], 1);
    assert!(page() == page());
}
