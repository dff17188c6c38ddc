"""Advanced lung cancer under docetaxel and carboplatin, from Python: the main job in five lines."""

import sys
from pathlib import Path

import chemoevo as ce

scenario = ce.Scenario.load(Path(__file__).with_name("nsclc.toml"))
print(scenario.describe())
ens = ce.simulate(scenario, replicates=int(sys.argv[1]) if len(sys.argv) > 1 else None, seed=1)
print(ce.answer(scenario, ens))
