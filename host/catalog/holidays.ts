export const holidays = { us: new Float64Array([19000]), uk: new Float64Array([19000]), jp: new Float64Array([19000]) };
