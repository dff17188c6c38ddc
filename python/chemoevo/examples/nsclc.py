"""Advanced lung cancer under docetaxel and carboplatin, from Python: the main job in five lines."""

from pathlib import Path

import chemoevo as ce

scenario = ce.Scenario.load(Path(__file__).with_name("nsclc.toml"))
print(scenario.describe())
ens = ce.simulate(scenario, replicates=50, seed=1)  # the file says 200
print(ce.answer(scenario, ens))
