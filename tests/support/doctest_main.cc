// In a file of its own: a program with another main takes doctest without this one.
#include <doctest/doctest.h>

int main(int argc, char** argv) {
  return doctest::Context(argc, argv).run();
}
