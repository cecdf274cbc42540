/** What the page of a scan shows at most, whatever the corpus holds: some megabytes. What is left out, the page says. */

/** Rows of a table of files, accounts, failures or duplicates. */
export const TABLE_ROWS = 200;

/** Heat maps. */
export const HEAT_MAPS = 20;

/** Tokens in one heat map. */
export const HEAT_MAP_TOKENS = 2000;

/** Points of a curve. */
export const CURVE_POINTS = 400;

/** Characters of the command that gives the same result again. */
export const COMMAND_LENGTH = 4000;
