/** Where the drawings of a scan's page have their axes, in units of the drawing. */
export const WIDTH = 640;
export const HEIGHT = 280;
export const TOP = 34;
export const RIGHT = 14;
const BOTTOM = 52;
export const FLOOR: number = HEIGHT - BOTTOM;
/** Units that a character of a label takes at most, where the page is narrow. */
export const CHARACTER = 14.5;
