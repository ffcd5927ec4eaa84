"""The project, its declarations and the chosen profile: what every command starts from."""

from dataclasses import dataclass

from hub.errors import DeclarationError, nearest
from hub.paths import Project
from hub.spec import GenerationSpec, ParamsSpec, ProfileSpec, Registry


@dataclass(frozen=True)
class Workspace:
    """One project seen through one profile."""

    project: Project
    registry: Registry
    params: ParamsSpec
    """With the data paths of the profile where params.yaml names none."""
    profile: ProfileSpec

    @classmethod
    def open(cls, profile: str | None = None) -> "Workspace":
        """Finds the project around the current folder; the profile is the one named, else the one in params.yaml."""
        project = Project.find()
        registry = Registry(project)
        params = registry.params()
        chosen = registry.profile(profile or params.profile)
        named = {task: path for task, path in params.data.items() if path}
        return cls(project, registry, params.model_copy(update={"data": {**chosen.bench.data, **named}}), chosen)

    def generation(self, dataset: str) -> GenerationSpec:
        """Returns how the profile generates a dataset."""
        if dataset not in self.profile.datasets:
            raise DeclarationError(f"profiles/{self.profile.name}.yaml says nothing of the dataset {dataset!r}: {nearest(dataset, self.profile.datasets)}")
        settings = self.profile.datasets[dataset]
        kind = self.registry.dataset(dataset).kind
        if settings.kind != kind:
            raise DeclarationError(f"profiles/{self.profile.name}.yaml: 'datasets.{dataset}.kind' is {settings.kind!r}, but the dataset is of kind {kind!r}")
        return settings
