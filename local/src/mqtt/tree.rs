//! Who subscribed to what: a tree with one node a level, so that finding the subscribers of a topic
//! takes as long as the topic is deep, however many there are in all.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by filter and owner.
#[derive(Debug)]
pub(super) struct Tree<K, V> {
    root: Node<K, V>,
}

#[derive(Debug)]
struct Node<K, V> {
    children: HashMap<Box<str>, Node<K, V>>,
    values: HashMap<K, V>,
}

impl<K, V> Default for Node<K, V> {
    fn default() -> Self {
        Self {
            children: HashMap::new(),
            values: HashMap::new(),
        }
    }
}

impl<K, V> Default for Tree<K, V> {
    fn default() -> Self {
        Self {
            root: Node::default(),
        }
    }
}

impl<K: Eq + Hash + Copy, V> Tree<K, V> {
    /// Puts an owner's value under a valid filter, in place of the one before.
    pub(super) fn insert(&mut self, filter: &str, owner: K, value: V) {
        let mut node = &mut self.root;
        for level in filter.split('/') {
            node = node.children.entry(level.into()).or_default();
        }
        node.values.insert(owner, value);
    }

    /// Takes an owner's value away, and with it the nodes that nobody needs any more.
    pub(super) fn remove(&mut self, filter: &str, owner: K) {
        let levels: Vec<&str> = filter.split('/').collect();
        self.root.remove(&levels, owner);
    }

    /// Shows `each` owner and value whose filter matches a topic; an owner comes once for each of
    /// their filters that do.
    pub(super) fn matching<'a>(&'a self, topic: &str, each: &mut impl FnMut(K, &'a V)) {
        let levels: Vec<&str> = topic.split('/').collect();
        self.root.matching(&levels, !topic.starts_with('$'), each);
    }
}

impl<K: Eq + Hash + Copy, V> Node<K, V> {
    fn is_empty(&self) -> bool {
        self.children.is_empty() && self.values.is_empty()
    }

    fn remove(&mut self, levels: &[&str], owner: K) {
        let Some((level, rest)) = levels.split_first() else {
            self.values.remove(&owner);
            return;
        };
        let Some(child) = self.children.get_mut(*level) else {
            return;
        };
        child.remove(rest, owner);
        if child.is_empty() {
            self.children.remove(*level);
        }
    }

    fn matching<'a>(&'a self, levels: &[&str], wild: bool, each: &mut impl FnMut(K, &'a V)) {
        let all = self.children.get("#").filter(|_| wild);
        for (owner, value) in all.into_iter().flat_map(|node| &node.values) {
            each(*owner, value);
        }
        let Some((level, rest)) = levels.split_first() else {
            for (owner, value) in &self.values {
                each(*owner, value);
            }
            return;
        };
        let one = self.children.get("+").filter(|_| wild);
        // A topic has no level that is a wildcard, so that no node is visited twice.
        let same = self.children.get(*level);
        for node in one.into_iter().chain(same) {
            node.matching(rest, true, each);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::topic::{check_filter, matches};
    use super::*;

    fn found(tree: &Tree<usize, ()>, topic: &str) -> Vec<usize> {
        let mut owners = Vec::new();
        tree.matching(topic, &mut |owner, ()| owners.push(owner));
        owners.sort_unstable();
        owners
    }

    /// Levels of a small alphabet, so that filters and topics meet.
    fn levels(wild: bool) -> impl Strategy<Value = String> {
        let level = if wild {
            prop::sample::select(vec!["", "a", "b", "$aws", "+", "#"])
        } else {
            prop::sample::select(vec!["", "a", "b", "$aws"])
        };
        prop::collection::vec(level, 1..5).prop_map(|levels| levels.join("/"))
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_comparing_with_every_filter_finds(
            filters in prop::collection::vec(levels(true), 1..20),
            removed in prop::collection::vec(any::<bool>(), 20),
            topic in levels(false),
        ) {
            prop_assume!(!topic.is_empty());
            let valid: Vec<(usize, &String)> = filters
                .iter()
                .enumerate()
                .filter(|(_, filter)| check_filter(filter).is_ok())
                .collect();
            let mut tree = Tree::default();
            for &(owner, filter) in &valid {
                tree.insert(filter, owner, ());
            }
            let gone = |owner: usize| removed.get(owner).copied().unwrap_or_default();
            for &(owner, filter) in &valid {
                if gone(owner) {
                    tree.remove(filter, owner);
                }
            }
            let left = valid.iter().filter(|(owner, _)| !gone(*owner));
            let naive: Vec<usize> = left
                .filter(|(_, filter)| matches(filter, &topic))
                .map(|(owner, _)| *owner)
                .collect();
            prop_assert_eq!(found(&tree, &topic), naive);
        }
    }

    #[test]
    fn an_empty_tree_keeps_nothing_of_what_was_in_it() {
        let mut tree = Tree::default();
        tree.insert("a/+/c/#", 1, ());
        tree.insert("a/+", 2, ());
        tree.remove("a/b", 1);
        tree.remove("a/+", 1);
        assert_eq!(found(&tree, "a/b"), [2]);
        tree.remove("a/+", 2);
        tree.remove("a/+/c/#", 1);
        assert!(tree.root.is_empty());
    }
}
