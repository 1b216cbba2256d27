"""`lmi images`: which images there are, and one in full."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from lmi.catalog.container_image import Image, image, images, sagemaker_core_version
from lmi.catalog.ecr_registry import registries, registry
from lmi.catalog.listing.selection import Conditions, Filter
from lmi.catalog.listing.table import facts, table
from lmi.catalog.model_server import local_server
from lmi.errors import CatalogError, ConfigError

ACCELERATORS = ("cpu", "gpu", "neuron")
ALL_REGIONS = "all"

# What the table shows of an image: the engine it is named after, and vLLM where it is there too.
_ENGINES = ("deepspeed", "fastertransformer", "tensorrt_llm", "neuron_sdk", "vllm")


def family(image: Image) -> str:
    """Return the family of *image*: its name in the SageMaker SDK, or ``cpu``."""
    return image.framework_key or "cpu"


def image_filters(
    *,
    regions: Sequence[str] = (),
    family_name: str | None = None,
    djl_version: str | None = None,
    accelerator: str | None = None,
    engine: str | None = None,
) -> list[Filter[Image]]:
    """Return the filters for what was asked. Raises ConfigError with every unknown value."""
    everything = images()
    engine = engine and engine.replace("-", "_")
    asked = Conditions[Image]()
    for region in regions:
        asked.add_name("--region", region, (r.region for r in registries()), _is_in(region))
    asked.add_name(
        "--family", family_name, map(family, everything), lambda image: family(image) == family_name
    )
    asked.add_name(
        "--djl-version",
        djl_version,
        (each.djl_version for each in everything),
        lambda image: image.djl_version == djl_version,
    )
    asked.add_name(
        "--accelerator",
        accelerator,
        ACCELERATORS,
        lambda image: image.accelerator == accelerator,
    )
    asked.add_name(
        "--engine",
        engine,
        (name for each in everything for name in each.framework_versions),
        lambda image: engine in image.framework_versions,
    )
    return asked.checked()


def _is_in(region: str) -> Callable[[Image], bool]:
    return lambda image: region in image.regions


def named_image(
    tag: str, regions: Sequence[str], filters: Sequence[str]
) -> tuple[Image, tuple[str, ...]]:
    """
    Return the image *tag* and the regions whose URIs are asked for, ``all`` being all of its own.

    Raises:
        ConfigError: an unknown tag or region, or *filters*, which a tag leaves no use for.
        CatalogError: the image is not published in one of the regions.
    """
    problems = [str(each) for each in _problems(tag, regions, filters)]
    if problems:
        raise ConfigError("\n".join(problems))
    found = image(tag)
    wanted = found.regions if ALL_REGIONS in regions else tuple(regions)
    missing = []
    for region in wanted:
        try:
            found.uri(region)
        except CatalogError as error:
            missing.append(str(error))
    if missing:
        raise CatalogError("\n".join(missing))
    return found, wanted


def _problems(
    tag: str, regions: Sequence[str], filters: Sequence[str]
) -> Iterator[CatalogError | str]:
    try:
        image(tag)
    except CatalogError as error:
        yield error
    for region in regions:
        try:
            if region != ALL_REGIONS:
                registry(region)
        except CatalogError as error:
            yield error
    if filters:
        yield f"TAG {tag!r} names one image; leave out {', '.join(filters)}"


def image_record(image: Image, uri_regions: Sequence[str]) -> dict[str, object]:
    """Return *image* for a JSON document, with its URI in each of *uri_regions*."""
    server = local_server(image)
    return {
        "tag": image.tag,
        "repository": image.repository,
        "family": family(image),
        "djl_version": image.djl_version,
        "lmi_version": image.lmi_version,
        "accelerator": image.accelerator,
        "cuda": image.cuda,
        "container_python": image.container_python,
        "framework_versions": dict(image.framework_versions),
        "regions": image.regions,
        "regions_are_assumed": image.regions_are_assumed,
        "in_sagemaker_sdk": image.in_sagemaker_sdk,
        "first_listed": image.first_listed,
        "last_listed": image.last_listed,
        "superseded_tags": image.superseded_tags,
        "local_server": asdict(server),
        "uris": {region: image.uri(region) for region in uri_regions},
        "note": image.note,
        "source": image.source,
    }


def image_table(rows: Sequence[Image]) -> str:
    """Return *rows* for people, one a line."""
    head = ("TAG", "FAMILY", "PYTHON", "CUDA", "ENGINES", "REGIONS", "LISTED", "SDK")
    return table(
        head,
        (
            (
                each.tag,
                family(each),
                each.container_python or "?",
                each.cuda or "-",
                _engines(each, _ENGINES) or ("-" if each.accelerator == "cpu" else "?"),
                f"{'~' if each.regions_are_assumed else ''}{len(each.regions)}",
                each.first_listed or "?",
                "yes" if each.in_sagemaker_sdk else "",
            )
            for each in rows
        ),
    )


def image_text(image: Image, uri_regions: Sequence[str]) -> str:
    """Return all that is known of *image*, for people."""
    lmi = f", LMI {image.lmi_version}" if image.lmi_version else ""
    cuda = f", CUDA {image.cuda}" if image.cuda else ""
    listed = f"since {image.first_listed}" if image.first_listed else "since an unknown day"
    return facts(
        image.tag,
        [
            ("DJL Serving", image.djl_version + lmi),
            ("family", family(image)),
            ("built for", image.accelerator + cuda),
            ("Python", image.container_python or "unknown"),
            ("engines", _engines(image, tuple(image.framework_versions)) or "unknown"),
            ("listed by AWS", listed + (f" to {image.last_listed}" if image.last_listed else "")),
            ("SageMaker SDK", _returned(image)),
            ("supersedes", ", ".join(image.superseded_tags)),
            ("served here by", local_server(image).reason),
            (
                "regions",
                ", ".join(image.regions)
                + (
                    " (assumed: no file of the SDK lists them)" if image.regions_are_assumed else ""
                ),
            ),
            *((f"URI in {region}", image.uri(region)) for region in uri_regions),
            ("note", image.note),
            ("source", image.source),
        ],
    )


def _returned(image: Image) -> str:
    """Return what the SDK answers for the family and version of *image*."""
    tags = [
        each.tag
        for each in images()
        if each.in_sagemaker_sdk
        and (each.framework_key, each.djl_version) == (image.framework_key, image.djl_version)
    ]
    answer = f"returns {tags[0]}" if tags else "has no image"
    return (
        f"sagemaker-core {sagemaker_core_version()} {answer} for {family(image)} "
        f"{image.djl_version}"
    )


def _engines(image: Image, names: Sequence[str]) -> str:
    versions = image.framework_versions
    return ", ".join(f"{name} {versions[name]}" for name in names if name in versions)
