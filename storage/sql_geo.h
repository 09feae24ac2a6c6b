// Distances on the ground, near enough to find what is around the corner: the earth as a sphere
// (haversine; en.wikipedia.org/wiki/Haversine_formula), at most 0.5 % off.
#pragma once

#include "engine/ports/events.h"

namespace kith {

double distance_km(const GeoPoint& one, const GeoPoint& other);
// Holds the whole circle; west > east where that reaches over the 180th meridian.
GeoBox box_around(const GeoCircle& circle);

}  // namespace kith
