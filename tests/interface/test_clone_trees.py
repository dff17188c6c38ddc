"""Family trees of clones, as Newick: what they say, how they are quoted, how deep they may be."""

from __future__ import annotations

import io
import math
import string
from typing import Any

import dendropy
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.ensemble.newick import newick
from tests.interface.test_clones import ENGINES, run
from tests.statistical.models import BY_NAME


def read(tree: str) -> dendropy.Tree:
    return dendropy.Tree.get(data=tree, schema="newick", preserve_underscores=True, rooting="force-rooted")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("alive_only", [False, True])
@pytest.mark.parametrize("name", ["immigration", "every-division-mutates", "everything", "pulses-two-types"])
def test_trees_say_what_the_table_says(name: str, alive_only: bool, engine: str) -> None:
    ens = run(BY_NAME[name], engine)
    ends = dict(ens.outcomes.select("replicate", "time").rows())
    read_trees = 0
    for (replicate,), frame in ens.clones.group_by("replicate", maintain_order=True):
        shown = frame.filter(pl.col("extinct_at").is_null()) if alive_only else frame
        if shown.is_empty():
            with pytest.raises(ce.ModelError, match="no living clone"):
                ens.newick(replicate, alive_only=alive_only)
            continue
        tree = read(ens.newick(replicate, alive_only=alive_only))
        read_trees += 1
        rows = {f"{row['type']}_{row['clone_id']}": row for row in shown.iter_rows(named=True)}
        leaves = {leaf.taxon.label: leaf for leaf in tree.leaf_node_iter()}
        assert leaves.keys() == rows.keys()
        for label, leaf in leaves.items():
            end = rows[label]["extinct_at"] or ends[replicate]
            assert math.isclose(leaf.distance_from_root(), end, rel_tol=1e-12, abs_tol=1e-12)
        assert all(node.edge.length >= 0.0 for node in tree if node is not tree.seed_node)
        # Only the root may have one branch.
        assert all(len(node.child_nodes()) == 2 for node in tree.preorder_internal_node_iter() if node.parent_node)
        # Clones part where the later of their lines left the common one.
        clones = {row["clone_id"]: row for row in frame.iter_rows(named=True)}
        distances = tree.phylogenetic_distance_matrix()
        for a, b in list(zip(list(rows), list(rows)[1:], strict=False))[:8]:
            parted = parting(clones, rows[a]["clone_id"], rows[b]["clone_id"])
            found = 0.5 * (
                leaves[a].distance_from_root() + leaves[b].distance_from_root()
                - distances.patristic_distance(leaves[a].taxon, leaves[b].taxon)
            )  # fmt: skip
            assert math.isclose(found, parted, rel_tol=1e-9, abs_tol=1e-9)
    assert read_trees > 10


def parting(clones: dict[int, dict[str, object]], a: int, b: int) -> float:
    """When the lines of two clones parted: 0 if they come from different founders."""
    left: dict[int, float] = {}
    at = math.inf
    while a is not None:
        left[a] = at
        at, a = clones[a]["founded_at"], clones[a]["parent_id"]  # type: ignore[assignment]
    at = math.inf
    while b is not None:
        if b in left:
            return min(at, left[b])
        at, b = clones[b]["founded_at"], clones[b]["parent_id"]  # type: ignore[assignment]
    return 0.0


def test_one_clone_alone_is_a_tree() -> None:
    ens = run(BY_NAME["nothing-happens"], "bnb")
    assert ens.newick(3) == "(S_0:5.0);"
    assert [leaf.taxon.label for leaf in read(ens.newick(3)).leaf_node_iter()] == ["S_0"]


def test_a_tree_by_hand() -> None:
    # B leaves A on day 1, C leaves A on day 2 and dies on day 3, D leaves C on day 2.5; all others live on day 4.
    tree = {"names": ["A", "E", "B", "C", "D"], "parent": [-1, -1, 0, 0, 3], "founded": [0.0, 0.0, 1.0, 2.0, 2.5]}
    tip = [4.0, 4.0, 4.0, 3.0, 4.0]
    whole = newick(**tree, tip=tip, shown=[True] * 5)  # type: ignore[arg-type]
    assert whole == "(((A:2.0,(C:0.5,D:1.5):0.5):1.0,B:3.0):1.0,E:4.0);"
    alive = newick(**tree, tip=tip, shown=[True, True, True, False, True])  # type: ignore[arg-type]
    assert alive == "(((A:2.0,D:2.0):1.0,B:3.0):1.0,E:4.0);"
    gone = newick(**tree, tip=tip, shown=[False, False, True, False, True])  # type: ignore[arg-type]
    assert gone == "((D:3.0,B:3.0):1.0);"
    assert newick(**tree, tip=tip, shown=[False] * 5) == ""  # type: ignore[arg-type]


def test_names_are_quoted_where_readers_need_it() -> None:
    names = ["S", "drug tolerant", "it's", "a(b)", "x:y;z", "TP53-/BCL2+", "Ä", "p.G12D", "CN=3", "ABCB1+TP53"]
    names += [f"1{sign}2" for sign in string.punctuation] + ["a\tb", "=", "{x}", "''"]
    none = [0.0] * len(names)
    process = ce.BranchingProcess(types=names, birth=none, death=none)
    tree = ce.simulate(process, initial=[1] * len(names), times=[1.0], seed=1, record="clones").newick(0)
    assert {leaf.taxon.label for leaf in read(tree).leaf_node_iter()} == {f"{n}_{i}" for i, n in enumerate(names)}
    assert "'it''s_2'" in tree
    assert "(S_0:1.0," in tree
    assert "'CN=3_8'" in tree
    assert ",ABCB1+TP53_9:" in tree


def test_deep_and_wide_trees_are_written() -> None:
    n = 20_000
    deep = newick(
        names=[str(k) for k in range(n)], parent=list(range(-1, n - 1)), founded=[float(k) for k in range(n)],
        tip=[float(n)] * n, shown=[True] * n,
    )  # fmt: skip
    wide = newick(
        names=[str(k) for k in range(n)], parent=[-1] + [0] * (n - 1), founded=[float(k) for k in range(n)],
        tip=[float(n)] * n, shown=[True] * n,
    )  # fmt: skip
    for tree in (deep, wide):
        assert tree.count("(") == tree.count(")") == n
        assert tree.count(",") == n - 1


@pytest.mark.parametrize("replicate", [2, 63, True, -1, "7"])
def test_there_is_no_tree_of_a_replicate_that_is_not_there(replicate: Any) -> None:
    error = TypeError if isinstance(replicate, bool | str) else ce.ModelError
    with pytest.raises(error, match="replicate must be a whole number from 3 to 62"):
        run(BY_NAME["everything"], "bnb").newick(replicate)


def test_trees_of_many_replicates_can_be_read_together() -> None:
    ens = run(BY_NAME["immigration"], "bnb")
    text = "\n".join(ens.newick(number) for number in range(3, 8))
    trees = dendropy.TreeList.get(file=io.StringIO(text), schema="newick", preserve_underscores=True)
    assert len(trees) == 5
