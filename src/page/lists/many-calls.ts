// From how many real calls on somebody is asked first, as each may cost something.

export const MANY_CALLS = 20;
