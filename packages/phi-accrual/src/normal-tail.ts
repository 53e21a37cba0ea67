const LN_SQRT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** Where the series hands over to the continued fraction: both are good to 12 digits here. */
const SEAM = 3;

/**
 * Natural logarithm of the upper tail of the standard normal distribution, ln P(Z > z).
 *
 * The tail itself underflows at z ≈ 38, and 1 - cdf(z) has lost every digit at z ≈ 8: the logarithm is
 * therefore taken of z²/2 and of the slowly varying rest apart. Relative error below 1e-12; falling
 * in z; finite for |z| < 1e154.
 */
export function lnNormalTail(z: number): number {
  if (z < 0) return Math.log1p(-Math.exp(lnNormalTail(-z)));
  if (z < SEAM) return Math.log(0.5 - centralMass(z));
  return -0.5 * z * z - LN_SQRT_TWO_PI + Math.log(millsRatio(z));
}

/** P(0 < Z < z) by the series z + z³/3 + z⁵/15 + …, whose terms are all positive: nothing cancels. */
function centralMass(z: number): number {
  const density = Math.exp(-0.5 * z * z - LN_SQRT_TWO_PI);
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return density * sum;
}

/**
 * Tail over density, by Laplace's continued fraction 1/(z + 1/(z + 2/(z + 3/(z + …)))). Where the
 * classical asymptotic series of erfc diverges, this converges, the faster the larger z: 40 levels
 * are exact to the last digits from z = 3 on.
 */
function millsRatio(z: number): number {
  let rest = z;
  for (let level = 40; level >= 1; level--) rest = z + level / rest;
  return 1 / rest;
}
