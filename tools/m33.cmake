# Cortex-M33 without an operating system: the freestanding rooms compile here.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m33 -mthumb -mfloat-abi=soft -ffreestanding -fstack-usage")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
