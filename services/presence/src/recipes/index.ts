export { Manager, type ManagerDeps } from './manager.ts'
export type { Names } from './names.ts'
export { type BridgePorts, createRecipes, type Recipes, type RecipesDeps } from './recipes.ts'
