//! How much memory there is.

use std::fs;
use std::path::Path;

/// Bytes that this process may still allocate without swapping or being killed: what the kernel calls
/// available, or what is left of the smallest limit of the control groups it runs in, such as a
/// container's, or what the process may address in all, whichever is less, but for a tenth that is left to
/// others. [`u64::MAX`] where the system says none of that, as all but Linux.
///
/// Control groups of version 2 count; of version 1 the one at the root of `/sys/fs/cgroup/memory`,
/// which is where a container sees its own.
pub fn available_memory() -> u64 {
    available_below(Path::new("/"))
}

/// The same, for the system whose files are below `root`.
fn available_below(root: &Path) -> u64 {
    let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let meminfo = text(&root.join("proc/meminfo"));
    let of_machine =
        field(&meminfo, "MemAvailable:").map(|kibibytes| kibibytes.saturating_mul(1024));
    let groups = root.join("sys/fs/cgroup");
    let own = text(&root.join("proc/self/cgroup"));
    let own = own.lines().find_map(|line| line.strip_prefix("0::/"));
    let below = own.map(|own| groups.join(own));
    let of_groups = below
        .iter()
        .flat_map(|below| below.ancestors())
        .take_while(|group| group.starts_with(&groups))
        .filter_map(|group| {
            let [limit, used] =
                ["memory.max", "memory.current"].map(|name| text(&group.join(name)));
            left(
                &limit,
                &used,
                &text(&group.join("memory.stat")),
                "inactive_file",
            )
        });
    let first = groups.join("memory");
    let [limit, used, stat] = [
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "memory.stat",
    ]
    .map(|name| text(&first.join(name)));
    let of_first = left(&limit, &used, &stat, "total_inactive_file");
    let limits = text(&root.join("proc/self/limits"));
    let of_process = limits.lines().find_map(|line| {
        let soft = line.strip_prefix("Max address space")?;
        soft.split_ascii_whitespace().next()?.parse().ok()
    });
    let known = of_machine.into_iter().chain(of_groups).chain(of_first);
    let least = known.chain(of_process).min();
    least.map_or(u64::MAX, |least| least / 10 * 9)
}

/// What is left of a group's limit: files that are only kept in memory give way.
fn left(limit: &str, used: &str, stat: &str, giving_way: &str) -> Option<u64> {
    let limit: u64 = limit.trim().parse().ok()?;
    let used: u64 = used.trim().parse().ok()?;
    let used = used.saturating_sub(field(stat, giving_way).unwrap_or(0));
    Some(limit.saturating_sub(used))
}

/// The number behind a name at the beginning of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_ascii_whitespace);
    let mut words = lines.find_map(|mut words| (words.next() == Some(name)).then_some(words))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> u64 {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        available_below(root.path())
    }

    const MACHINE: (&str, &str) = (
        "proc/meminfo",
        "MemTotal:       24000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000 kB\n",
    );

    #[test]
    fn a_machine_has_what_its_kernel_calls_available_and_others_have_no_limit() {
        assert_eq!(system(&[MACHINE]), 8_000 * 1024 / 10 * 9);
        assert_eq!(system(&[]), u64::MAX);
        assert_eq!(
            system(&[("proc/meminfo", "MemAvailable: many kB\n")]),
            u64::MAX
        );
    }

    #[test]
    fn a_limit_around_the_process_counts_where_less_is_left_of_it() {
        let group = |limit, inner| {
            system(&[
                MACHINE,
                ("proc/self/cgroup", "1:name=old:/x\n0::/outer/inner\n"),
                ("sys/fs/cgroup/outer/memory.max", limit),
                ("sys/fs/cgroup/outer/memory.current", "3000000\n"),
                (
                    "sys/fs/cgroup/outer/memory.stat",
                    "anon 1\ninactive_file 1000000\n",
                ),
                ("sys/fs/cgroup/outer/inner/memory.max", inner),
                ("sys/fs/cgroup/outer/inner/memory.current", "500000\n"),
            ])
        };
        assert_eq!(group("5000000\n", "max\n"), 2_700_000);
        assert_eq!(group("5000000\n", "600000\n"), 90_000);
        assert_eq!(group("max\n", "max\n"), 8_000 * 1024 / 10 * 9);
        assert_eq!(group("1\n", "max\n"), 0, "more is used than the limit");
    }

    #[test]
    fn the_older_kind_of_limit_counts_too() {
        let left = system(&[
            MACHINE,
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "4000000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500000\n"),
            (
                "sys/fs/cgroup/memory/memory.stat",
                "total_inactive_file 500000\n",
            ),
        ]);
        assert_eq!(left, 2_700_000);
    }

    #[test]
    fn what_the_process_may_address_counts_too() {
        let of = |soft: &str| {
            let limits = format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max address space         {soft}            unlimited            bytes     \n"
            );
            system(&[MACHINE, ("proc/self/limits", &limits)])
        };
        assert_eq!(of("1000000"), 900_000);
        assert_eq!(of("unlimited"), 8_000 * 1024 / 10 * 9);
    }
}
