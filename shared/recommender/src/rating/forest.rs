//! Boosted oblivious trees: every tree asks the same question of all rows on a level.

/// A sum of oblivious trees. A tree of depth d asks d questions, "is feature f above v?", and the
/// answers are the bits of a leaf's number, the first question's the lowest; a leaf holds one number
/// for each output.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    /// Questions a tree, 1 to [`Forest::MAX_DEPTH`].
    pub depth: usize,
    /// Numbers a leaf, at least 1.
    pub outputs: usize,
    /// The feature of each question, tree by tree.
    pub features: Vec<u8>,
    /// What it is compared with; finite.
    pub splits: Vec<f32>,
    /// The leaves, tree by tree, in the order of their numbers; finite.
    pub leaves: Vec<f32>,
}

impl Forest {
    /// The most questions a tree asks.
    pub const MAX_DEPTH: usize = 8;

    /// The most trees of a forest.
    pub const MAX_TREES: usize = 4096;

    /// How far from 0 a leaf's numbers may lie.
    pub const MAX_LEAF: f32 = 100.0;

    /// A forest without trees.
    pub fn empty(depth: usize, outputs: usize) -> Self {
        Self {
            depth,
            outputs,
            features: Vec::new(),
            splits: Vec::new(),
            leaves: Vec::new(),
        }
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.features.len() / self.depth.max(1)
    }

    /// Leaves out all trees but the first ones.
    pub fn truncate(&mut self, trees: usize) {
        self.features.truncate(trees * self.depth);
        self.splits.truncate(trees * self.depth);
        self.leaves.truncate((trees * self.outputs) << self.depth);
    }

    /// Adds to `sums` what the trees say of a film with these features: of each leaf as many outputs
    /// as there are sums.
    pub fn add(&self, features: &[f32], sums: &mut [f32]) {
        let size = self.outputs << self.depth;
        let questions = self.features.chunks_exact(self.depth);
        let questions = questions.zip(self.splits.chunks_exact(self.depth));
        for ((asked, splits), leaves) in questions.zip(self.leaves.chunks_exact(size)) {
            let leaf = leaf(asked, splits, features);
            let leaf = &leaves[leaf * self.outputs..(leaf + 1) * self.outputs];
            for (sum, value) in sums.iter_mut().zip(leaf) {
                *sum += value;
            }
        }
    }
}

/// The leaf that these answers lead to.
fn leaf(asked: &[u8], splits: &[f32], features: &[f32]) -> usize {
    let answers = asked.iter().zip(splits).enumerate();
    answers.fold(0, |leaf, (level, (feature, split))| {
        let above = features[usize::from(*feature)] > *split;
        leaf | usize::from(above) << level
    })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn answers_are_the_bits_of_a_leaf_and_trees_add_up() {
        let forest = Forest {
            depth: 2,
            outputs: 2,
            features: vec![0, 1, 1, 1],
            splits: vec![0.5, 10.0, 0.0, 5.0],
            leaves: (0_u8..16).map(f32::from).collect(),
        };
        assert_eq!(forest.trees(), 2);
        let sums = |features: [f32; 2]| {
            let mut sums = [0.0; 2];
            forest.add(&features, &mut sums);
            sums
        };
        // Leaves 0 and 0, 1 and 0, 2 and 3; what is equal is not above.
        assert_eq!(sums([0.5, 0.0]), [0.0 + 8.0, 1.0 + 9.0]);
        assert_eq!(sums([0.6, 0.0]), [2.0 + 8.0, 3.0 + 9.0]);
        assert_eq!(sums([0.5, 11.0]), [4.0 + 14.0, 5.0 + 15.0]);
    }

    #[test]
    fn a_truncated_forest_says_what_its_first_trees_say() {
        let mut forest = Forest {
            depth: 1,
            outputs: 1,
            features: vec![0, 0, 0],
            splits: vec![0.5, 1.5, 2.5],
            leaves: vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
        };
        forest.truncate(2);
        assert_eq!((forest.trees(), forest.leaves.len()), (2, 4));
        let mut sums = [0.0];
        forest.add(&[1.0], &mut sums);
        assert_eq!(sums, [6.0]);
        forest.truncate(9);
        assert_eq!(forest.trees(), 2);
    }

    #[test]
    fn a_forest_without_trees_adds_nothing() {
        let mut sums = [1.5];
        Forest::empty(4, 1).add(&[0.0], &mut sums);
        assert_eq!(sums, [1.5]);
    }
}
