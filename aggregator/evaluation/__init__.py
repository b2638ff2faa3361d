"""Measures of merging (against labels) and of ranking (against the later course of the stream).

In: labelled groups, or a stream of articles in time order. Out: figures.
Never does: I/O; nothing that publishes uses it.
"""

from aggregator.evaluation.clustering import (
    Score,
    adjusted_rand,
    b_cubed,
    merged_singletons,
    pairwise,
    pure_stories,
    whole_events,
)

__all__ = [
    "Score",
    "adjusted_rand",
    "b_cubed",
    "merged_singletons",
    "pairwise",
    "pure_stories",
    "whole_events",
]
