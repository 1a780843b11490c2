"""Coordinate reference systems: read, compared, and refused where local."""

import contextlib
from functools import lru_cache
from typing import Any

import pyproj

from ...errors import InputError

DEGREES = 'EPSG:4326'


@lru_cache(maxsize=256)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """A cached transformer, x before y on both sides.

    Raises:
        InputError: PROJ knows no way from one to the other.
    """
    try:
        return pyproj.Transformer.from_crs(source, target, always_xy=True)
    except pyproj.exceptions.ProjError:
        names = [crs_name(parse_crs(text)) for text in (source, target)]
        raise InputError(
            f'no way from CRS {names[0]} to {names[1]}; assign the right CRS'
        ) from None


@lru_cache(maxsize=256)
def parse_crs(text: str) -> pyproj.CRS:
    """A cached CRS object; InputError where PROJ does not know it."""
    return _read(text)


def crs_text(crs: Any) -> str:
    """A CRS in any form that pyproj takes, as text."""
    return crs if isinstance(crs, str) else str(_read(crs).to_wkt())


def _read(crs: Any) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise InputError(
            f'unknown CRS {str(crs)[:80]!r}: give an EPSG code such as '
            'EPSG:32633, or WKT'
        ) from None


@lru_cache(maxsize=256)
def same_crs(one: str, other: str) -> bool:
    """Whether two CRS texts mean the same plane coordinates."""
    return one == other or parse_crs(one).equals(
        parse_crs(other), ignore_axis_order=True
    )


def same_place(one: str, other: str) -> bool:
    """Whether two CRS texts mean the same coordinates on the ground.

    Heights are left out: geometries in three dimensions come in a CRS of
    three.
    """
    flat = [parse_crs(text).to_2d() for text in (one, other)]
    return bool(flat[0].equals(flat[1], ignore_axis_order=True))


@lru_cache(maxsize=256)
def crs_fault(text: str) -> str | None:
    """What keeps coordinates in a CRS from having a place on Earth.

    Fault and cure, to stand after a file's name; None where nothing does.
    """
    try:
        crs = parse_crs(text)
    except InputError as error:
        return str(error)
    name = crs_name(crs)
    if any(part.is_engineering for part in (crs, *crs.sub_crs_list)):
        return (
            f'its CRS {name} is local (engineering), so its place on Earth is '
            f'unknown; assign the right one, {_example(crs)}'
        )
    if not (crs.is_geographic or crs.is_projected):
        kind = crs.type_name.replace(' CRS', '').lower()
        return (
            f'its CRS {name} is {kind}, not one of a map; assign the right '
            f'one, {_example(crs)}'
        )
    try:
        transformer(crs.to_wkt(), DEGREES)
    except InputError:
        return (
            f'its CRS {name} has no way to longitude and latitude on Earth; '
            f'assign the right one, {_example(crs)}'
        )
    return None


def require_place(text: str, name: str) -> None:
    """InputError for a CRS whose coordinates have no place on Earth."""
    fault = crs_fault(text)
    if fault is not None:
        raise InputError(f'{name}: {fault}')


def crs_name(crs: pyproj.CRS) -> str:
    """EPSG code, or the name where there is none."""
    code = crs.to_epsg()
    return f'EPSG:{code}' if code else repr(crs.name)[:80]


def _example(crs: pyproj.CRS) -> str:
    """A CRS to assign: the one of the same name where there is one."""
    with contextlib.suppress(pyproj.exceptions.CRSError):
        named = pyproj.CRS.from_user_input(crs.name)
        if named.is_projected and named.to_epsg():
            return f'e.g. EPSG:{named.to_epsg()}'
    return 'e.g. EPSG:32633'
