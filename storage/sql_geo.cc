#include "storage/sql_geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kith {
namespace {

constexpr double kEarthRadiusKm = 6371.0088;
constexpr double kDegree = std::numbers::pi / 180;

double radians(std::int32_t degrees_e7) {
  return degrees_e7 / kUnitsPerDegree * kDegree;
}

std::int32_t units(double degrees) {
  return static_cast<std::int32_t>(std::lround(degrees * kUnitsPerDegree));
}

}  // namespace

double distance_km(const GeoPoint& one, const GeoPoint& other) {
  const double up = std::sin((radians(other.latitude_e7) - radians(one.latitude_e7)) / 2);
  const double across = std::sin((radians(other.longitude_e7) - radians(one.longitude_e7)) / 2);
  const double chord = up * up + std::cos(radians(one.latitude_e7)) *
                                     std::cos(radians(other.latitude_e7)) * across * across;
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::clamp(chord, 0.0, 1.0)));
}

GeoBox box_around(const GeoCircle& circle) {
  const double latitude = circle.centre.latitude_e7 / kUnitsPerDegree;
  const double longitude = circle.centre.longitude_e7 / kUnitsPerDegree;
  const double reach = circle.radius_km / kEarthRadiusKm;  // in radians
  const double up = reach / kDegree;
  const double south = std::max(-90.0, latitude - up);
  const double north = std::min(90.0, latitude + up);
  double west = -180;
  double east = 180;
  const double narrowest = std::cos(latitude * kDegree);
  // Over a pole it reaches all the way around.
  const bool polar = latitude - up <= -90 || latitude + up >= 90;
  const double ratio = polar ? 1 : std::sin(std::min(reach, std::numbers::pi / 2)) / narrowest;
  if (ratio < 1) {
    const double across = std::asin(ratio) / kDegree;
    west = longitude - across;
    east = longitude + across;
    if (west < -180) west += 360;
    if (east > 180) east -= 360;
  }
  return {.south_west = {.latitude_e7 = units(south), .longitude_e7 = units(west)},
          .north_east = {.latitude_e7 = units(north), .longitude_e7 = units(east)}};
}

}  // namespace kith
